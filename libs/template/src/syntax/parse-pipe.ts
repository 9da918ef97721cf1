import { maxVariables } from "../limits.ts";
import { nested, next, peek, unexpected } from "./parser.ts";
import { parseNumber } from "./parse-number.ts";
import { errorAt } from "./position.ts";
import { show } from "./token.ts";
import { unquote, unquoteChar } from "./unquote.ts";
import type { Command, Operand, Pipe } from "./ast.ts";
import type { Parser } from "./parser.ts";
import type { Token } from "./token.ts";

type Context = { where: string; closing: "close" | "rparen"; loop?: boolean };

/** Parses a pipeline and the token that closes it. */
export function parsePipe(parser: Parser, context: Context): Pipe {
  const { pos } = peek(parser);
  const { declares, assigns } = parseDeclaration(parser, context);
  const commands: Command[] = [];
  for (;;) {
    const command = parseCommand(parser, context);
    commands.push(command);
    const token = next(parser);
    if (token.kind === context.closing) break;
    if (token.kind !== "pipe") throw unexpected(parser, token, context.where);
    const after = peek(parser);
    if (after.kind === context.closing) throw errorAt(parser.source, token.pos, `A command is missing after the | in ${context.where}.`);
  }
  for (const [index, command] of commands.entries()) if (index > 0) requireCallable(parser, command);
  if (!assigns) parser.variables.push(...declares);
  if (parser.variables.length > maxVariables)
    throw errorAt(parser.source, pos, `More than ${maxVariables} variables are in scope.`, "limit_source");
  return { kind: "pipe", pos, declares, assigns, commands };
}

/** `$x :=`, `$x =`, and in a loop `$i, $x :=`. */
function parseDeclaration(parser: Parser, context: Context): { declares: string[]; assigns: boolean } {
  const first = peek(parser);
  if (first.kind !== "variable") return { declares: [], assigns: false };
  const after = peek(parser, 1);
  let count = 1;
  if (after.kind === "comma") {
    if (!context.loop) throw errorAt(parser.source, after.pos, `Only {{range}} can set two variables, not ${context.where}.`);
    if (peek(parser, 2).kind !== "variable") throw unexpected(parser, peek(parser, 2), "{{range}}, where a second variable was expected");
    count = 2;
  }
  const operator = peek(parser, 2 * count - 1);
  if (operator.kind !== "declare" && operator.kind !== "assign") {
    if (count === 2) throw unexpected(parser, operator, "{{range}}, where := was expected");
    return { declares: [], assigns: false };
  }
  const declares = [first.text];
  if (count === 2) declares.push(peek(parser, 2).text);
  const assigns = operator.kind === "assign";
  if (assigns) for (const [index, name] of declares.entries()) requireVariable(parser, name, peek(parser, 2 * index).pos);
  parser.at += 2 * count;
  return { declares, assigns };
}

function requireVariable(parser: Parser, name: string, pos: number): void {
  if (!parser.variables.includes(name)) throw errorAt(parser.source, pos, `The variable ${name} is not declared here.`, "unknown_variable");
}

/** A later stage of a pipeline receives a value, so it must be something that takes arguments. */
function requireCallable(parser: Parser, command: Command): void {
  const [first] = command.args;
  if (first.kind === "function" || first.kind === "field" || first.kind === "variable" || first.kind === "chain" || first.kind === "pipe")
    return;
  throw errorAt(parser.source, first.pos, "Only a function can receive a value through |, and this is none.");
}

function parseCommand(parser: Parser, context: Context): Command {
  const { pos } = peek(parser);
  const args: Operand[] = [];
  for (;;) {
    const token = peek(parser);
    if (token.kind === context.closing || token.kind === "pipe") break;
    if (args.length > 0 && !token.spaced) {
      throw errorAt(parser.source, token.pos, `A space is missing before ${show(token)}.`);
    }
    args.push(parseOperand(parser, context));
  }
  const [first, ...rest] = args;
  if (!first) {
    const token = peek(parser);
    throw errorAt(
      parser.source,
      token.pos,
      token.kind === "pipe" ? "A command is missing before this |." : `A value is missing in ${context.where}.`,
    );
  }
  return { kind: "command", pos, args: [first, ...rest] };
}

/** A term with the fields chained to it. */
function parseOperand(parser: Parser, context: Context): Operand {
  const term = parseTerm(parser, context);
  const path: string[] = [];
  for (let token = peek(parser); !token.spaced && (token.kind === "field" || token.kind === "dot"); token = peek(parser)) {
    if (token.kind === "dot") throw errorAt(parser.source, token.pos, "A name is missing after this dot.");
    if (term.kind === "bool" || term.kind === "string" || term.kind === "number" || term.kind === "nil" || term.kind === "dot") {
      throw errorAt(
        parser.source,
        token.pos,
        `${show(token)} cannot follow ${term.kind === "dot" ? '"."' : `a ${term.kind}`}: it has no fields.`,
      );
    }
    path.push(token.text);
    next(parser);
  }
  const [head, ...rest] = path;
  if (head === undefined) return term;
  if (term.kind === "field") return { ...term, path: [...term.path, ...path] };
  if (term.kind === "variable") return { ...term, path };
  return { kind: "chain", pos: term.pos, base: term, path: [head, ...rest] };
}

const words: Readonly<Record<string, { kind: "bool"; value: boolean } | { kind: "nil" }>> = {
  true: { kind: "bool", value: true },
  false: { kind: "bool", value: false },
  nil: { kind: "nil" },
};

function parseTerm(parser: Parser, context: Context): Operand {
  const token = next(parser);
  const { kind, text, pos } = token;
  if (kind === "identifier")
    return Object.hasOwn(words, text) ? { ...(words[text] ?? { kind: "nil" }), pos } : { kind: "function", pos, name: text };
  if (kind === "dot") return { kind, pos };
  if (kind === "field") return { kind, pos, path: [text] };
  if (kind === "variable") {
    requireVariable(parser, text, pos);
    return { kind, pos, name: text, path: [] };
  }
  if (kind === "string" || kind === "raw" || kind === "char" || kind === "number") return parseLiteral(parser, token);
  if (kind === "lparen") return nested(parser, pos, () => ({ ...parsePipe(parser, { where: "parentheses", closing: "rparen" }), pos }));
  throw unexpected(parser, token, context.where);
}

function parseLiteral(parser: Parser, token: Token): Operand {
  const { pos, text } = token;
  if (token.kind === "char") {
    const value = unquoteChar(text);
    if (value === undefined) throw errorAt(parser.source, pos, `${text} is not one character; strings stand between " or \`.`);
    return { kind: "number", pos, text, value };
  }
  if (token.kind === "number") {
    const parsed = parseNumber(text);
    if ("error" in parsed) throw errorAt(parser.source, pos, parsed.error);
    return { kind: "number", pos, text, value: parsed.value };
  }
  const value = unquote(text);
  if (value === undefined)
    throw errorAt(parser.source, pos, `The string ${text.length > 40 ? `${text.slice(0, 37)}...` : text} has a wrong escape sequence.`);
  return { kind: "string", pos, value, raw: token.kind === "raw" };
}
