import { maxNesting } from "../limits.ts";
import { errorAt } from "./position.ts";
import { show } from "./token.ts";
import type { Node } from "./ast.ts";
import type { Token } from "./token.ts";

/** Where the parser stands: the tokens, and what is in scope. */
export type Parser = {
  source: string;
  tokens: Token[];
  at: number;
  /** Variables in scope, with their `$`. */
  variables: string[];
  /** Loops around; 0 outside of any. */
  loops: number;
  nesting: number;
  definitions: Map<string, Node[]>;
};

export function peek(parser: Parser, ahead = 0): Token {
  const token = parser.tokens[parser.at + ahead] ?? parser.tokens.at(-1);
  if (!token) throw new TypeError("the lexer gave no token");
  return token;
}

export function next(parser: Parser): Token {
  const token = peek(parser);
  if (parser.at < parser.tokens.length - 1) parser.at++;
  return token;
}

/** @throws TemplateError where the next token is of another kind */
export function expect(parser: Parser, kind: Token["kind"], where: string): Token {
  const token = next(parser);
  if (token.kind !== kind) throw unexpected(parser, token, where);
  return token;
}

export function unexpected(parser: Parser, token: Token, where: string): Error {
  return errorAt(parser.source, token.pos, `Did not expect ${show(token)} in ${where}.`);
}

/** Guards the parser's own recursion. */
export function nested<T>(parser: Parser, pos: number, work: () => T): T {
  if (++parser.nesting > maxNesting)
    throw errorAt(parser.source, pos, `Blocks and parentheses nest more than ${maxNesting} levels deep.`, "limit_depth");
  const result = work();
  parser.nesting--;
  return result;
}
