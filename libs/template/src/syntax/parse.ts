import { lex } from "./lex.ts";
import { parsePipe } from "./parse-pipe.ts";
import { expect, nested, next, peek } from "./parser.ts";
import { errorAt } from "./position.ts";
import { unquote } from "./unquote.ts";
import type { Branch, Node, Pipe, Tree } from "./ast.ts";
import type { Parser } from "./parser.ts";
import type { Keyword, Token } from "./token.ts";

/**
 * Parses a text into its tree. Whether functions and templates exist is not its business.
 * @throws TemplateError `syntax`, `unknown_variable` or `limit_depth`
 */
export function parse(source: string): Tree {
  const parser: Parser = { source, tokens: lex(source), at: 0, variables: ["$"], loops: 0, nesting: 0, definitions: new Map() };
  const body: Node[] = [];
  for (;;) {
    const token = peek(parser);
    if (token.kind === "end-of-text") return { body, definitions: parser.definitions };
    if (token.kind === "open" && isKeyword(parser, 1, "define")) {
      parseDefinition(parser);
      continue;
    }
    const node = parseNode(parser);
    if ("end" in node) {
      throw errorAt(source, node.pos, `{{${node.end}}} has nothing to ${node.end === "end" ? "end" : "be the other case of"} here.`);
    }
    append(body, node);
  }
}

/** The tokens that end a list of nodes: `{{end}}`, `{{else}}`. */
type Ending = { end: "end" | "else"; pos: number };

function isKeyword(parser: Parser, ahead: number, keyword: Keyword): boolean {
  const token = peek(parser, ahead);
  return token.kind === "keyword" && token.text === keyword;
}

/** Texts that only a comment or definition separated are one text. */
function append(list: Node[], node: Node): void {
  const last = list.at(-1);
  if (node.kind === "text" && last?.kind === "text") last.text += node.text;
  else list.push(node);
}

function parseNode(parser: Parser): Node | Ending {
  const token = next(parser);
  if (token.kind === "text") return { kind: "text", pos: token.pos, text: token.text };
  const keyword = peek(parser);
  if (keyword.kind !== "keyword") {
    const pipe = parsePipe(parser, { where: "an action", closing: "close" });
    return { kind: "action", pos: token.pos, pipe };
  }
  next(parser);
  return parseKeyword(parser, token.pos, keyword);
}

function parseKeyword(parser: Parser, pos: number, keyword: Token): Node | Ending {
  switch (keyword.text as Keyword) {
    case "end":
      expect(parser, "close", "{{end}}");
      return { end: "end", pos };
    case "else":
      // `{{else if x}}` and `{{else with x}}` keep their keyword for the branch that reads them.
      if (!isKeyword(parser, 0, "if") && !isKeyword(parser, 0, "with")) expect(parser, "close", "{{else}}");
      return { end: "else", pos };
    case "if":
    case "with":
    case "range":
      return nested(parser, pos, () => parseBranch(parser, pos, keyword.text as Branch["kind"]));
    case "break":
    case "continue":
      expect(parser, "close", `{{${keyword.text}}}`);
      if (parser.loops === 0) throw errorAt(parser.source, pos, `{{${keyword.text}}} stands outside of any {{range}}.`);
      return { kind: keyword.text as "break" | "continue", pos };
    case "template":
      return parseTemplateCall(parser, pos);
    case "block":
      return nested(parser, pos, () => parseBlock(parser, pos));
    case "define":
      throw errorAt(parser.source, pos, "{{define}} stands only at the top level, not within another block.");
  }
}

function parseBranch(parser: Parser, pos: number, kind: Branch["kind"]): Branch {
  const outer = parser.variables.length;
  const pipe = parsePipe(parser, { where: `{{${kind}}}`, closing: "close", loop: kind === "range" });
  const inner = parser.variables.length;
  if (kind === "range") parser.loops++;
  const { list: body, ending } = parseList(parser, pos, kind);
  if (kind === "range") parser.loops--;
  parser.variables.length = inner;
  const otherwise = ending.end === "else" ? parseElse(parser, pos, kind) : null;
  parser.variables.length = outer;
  return { kind, pos, pipe, body, otherwise };
}

/** What follows `{{else`. `else if` and `else with` are branches of their own that share the `{{end}}`. */
function parseElse(parser: Parser, pos: number, kind: Branch["kind"]): Node[] {
  const keyword = peek(parser);
  if (keyword.kind === "keyword" && peek(parser, -1).kind === "keyword") {
    if (keyword.text !== kind) throw errorAt(parser.source, keyword.pos, `{{else ${keyword.text}}} cannot continue {{${kind}}}.`);
    next(parser);
    return [nested(parser, pos, () => parseBranch(parser, keyword.pos, kind))];
  }
  const { list, ending } = parseList(parser, pos, kind);
  if (ending.end === "else") throw errorAt(parser.source, ending.pos, `This {{${kind}}} already has its {{else}}; {{end}} was expected.`);
  return list;
}

function parseList(parser: Parser, pos: number, kind: string): { list: Node[]; ending: Ending } {
  const list: Node[] = [];
  while (peek(parser).kind !== "end-of-text") {
    const node = parseNode(parser);
    if ("end" in node) return { list, ending: node };
    append(list, node);
  }
  throw errorAt(parser.source, pos, `This {{${kind}}} is never closed: {{end}} is missing.`);
}

function parseName(parser: Parser, where: string): string {
  const token = next(parser);
  const name = token.kind === "string" || token.kind === "raw" ? unquote(token.text) : undefined;
  if (name === undefined) throw errorAt(parser.source, token.pos, `${where} needs a name in quotes.`);
  return name;
}

function parseTemplateCall(parser: Parser, pos: number): Node {
  const name = parseName(parser, "{{template}}");
  let pipe: Pipe | null = null;
  if (peek(parser).kind === "close") next(parser);
  else pipe = parsePipe(parser, { where: "{{template}}", closing: "close" });
  return { kind: "template", pos, name, pipe };
}

/** The body has a scope of its own: of the variables around it, it sees none. */
function parseBody(parser: Parser, pos: number, kind: "define" | "block", name: string): void {
  const { variables, loops } = parser;
  parser.variables = ["$"];
  parser.loops = 0;
  const { list, ending } = parseList(parser, pos, kind);
  if (ending.end === "else") throw errorAt(parser.source, ending.pos, `{{${kind}}} has no {{else}}.`);
  parser.variables = variables;
  parser.loops = loops;
  const known = parser.definitions.get(name);
  if (known === undefined || isEmpty(known)) parser.definitions.set(name, list);
  else if (!isEmpty(list)) throw errorAt(parser.source, pos, `The template ${JSON.stringify(name)} is defined twice.`);
}

/** A definition of nothing but white space may be replaced by a later one. */
export function isEmpty(list: readonly Node[]): boolean {
  return list.every((node) => node.kind === "text" && /^\s*$/.test(node.text));
}

function parseDefinition(parser: Parser): void {
  const { pos } = next(parser);
  next(parser);
  const name = parseName(parser, "{{define}}");
  expect(parser, "close", "{{define}}");
  nested(parser, pos, () => parseBody(parser, pos, "define", name));
}

function parseBlock(parser: Parser, pos: number): Node {
  const name = parseName(parser, "{{block}}");
  const pipe = parsePipe(parser, { where: "{{block}}", closing: "close" });
  parseBody(parser, pos, "block", name);
  return { kind: "template", pos, name, pipe };
}
