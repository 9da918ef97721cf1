import { errorAt } from "./position.ts";
import { keywords } from "./token.ts";
import type { Token } from "./token.ts";

const wordAt = /[\p{L}\p{Nd}_]+/uy;
const numberAt =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eEpP][+-]?[0-9_]*)?)i?/y;
const spaceAt = /[ \t\r\n]+/y;
const blank = " \t\r\n";
const operators: Readonly<Record<string, Token["kind"]>> = { "|": "pipe", "(": "lparen", ")": "rparen", ",": "comma", "=": "assign" };
const keywordSet: ReadonlySet<string> = new Set(keywords);

/**
 * Splits a text into tokens, comments dropped and white space trimmed where `{{-` and `-}}` ask for it. Linear in the text's length.
 * @throws TemplateError `syntax`
 */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let pos = 0;
  let trimNext = false;
  while (pos < source.length) {
    const open = source.indexOf("{{", pos);
    const end = open === -1 ? source.length : open;
    let text = source.slice(pos, end);
    let textPos = pos;
    if (trimNext) {
      const trimmed = trimBlankStart(text);
      textPos += text.length - trimmed.length;
      text = trimmed;
    }
    trimNext = false;
    let inside = open + 2;
    if (open !== -1 && source[inside] === "-" && isBlank(source[inside + 1])) {
      inside += 1;
      text = trimBlankEnd(text);
    }
    if (text !== "") tokens.push({ kind: "text", text, pos: textPos, spaced: false });
    if (open === -1) break;
    const comment = commentStart(source, inside);
    const after = comment === -1 ? lexAction(source, { open, inside }, tokens) : skipComment(source, open, comment);
    pos = after.pos;
    trimNext = after.trims;
  }
  tokens.push({ kind: "end-of-text", text: "", pos: source.length, spaced: false });
  return tokens;
}

type After = { pos: number; trims: boolean };

/** Where a comment begins that directly follows the delimiter (or its trim marker and white space), or -1. */
function commentStart(source: string, inside: number): number {
  let at = inside;
  if (source[inside - 1] === "-") while (isBlank(source[at])) at++;
  return source.startsWith("/*", at) ? at : -1;
}

function skipComment(source: string, open: number, start: number): After {
  const end = source.indexOf("*/", start + 2);
  if (end === -1) throw errorAt(source, open, "This comment is never closed: write */ before the closing }}.");
  const after = closingAt(source, end + 2);
  if (!after) throw errorAt(source, end, "A comment must end right before the closing delimiter: */}} or */ -}}.");
  return after;
}

/** The end of the closing delimiter that starts here, or null. */
function closingAt(source: string, pos: number): After | null {
  if (source.startsWith("}}", pos)) return { pos: pos + 2, trims: false };
  if (!isBlank(source[pos])) return null;
  spaceAt.lastIndex = pos;
  const dash = pos + (spaceAt.exec(source)?.[0].length ?? 0);
  return source.startsWith("-}}", dash) ? { pos: dash + 3, trims: true } : null;
}

function lexAction(source: string, at: { open: number; inside: number }, tokens: Token[]): After {
  const parens: number[] = [];
  tokens.push({ kind: "open", text: "{{", pos: at.open, spaced: false });
  let pos = at.inside;
  for (;;) {
    const closing = closingAt(source, pos);
    if (closing) {
      const unclosed = parens.at(-1);
      if (unclosed !== undefined) throw errorAt(source, unclosed, "This parenthesis is never closed.");
      tokens.push({ kind: "close", text: "}}", pos: closing.pos - 2, spaced: true });
      return closing;
    }
    spaceAt.lastIndex = pos;
    const space = spaceAt.exec(source)?.[0].length ?? 0;
    pos += space;
    if (space > 0 && source.startsWith("}}", pos)) continue;
    if (pos >= source.length) throw errorAt(source, at.open, "This action is never closed: }} is missing.");
    const token = lexToken(source, pos);
    if (token.kind === "lparen") parens.push(pos);
    if (token.kind === "rparen" && parens.pop() === undefined) throw errorAt(source, pos, "This closing parenthesis has no opening one.");
    tokens.push({ kind: token.kind, text: token.text, pos, spaced: space > 0 });
    pos = token.end;
  }
}

type Lexed = { kind: Token["kind"]; text: string; end: number };

function lexToken(source: string, pos: number): Lexed {
  const char = source[pos] ?? "";
  const operator = operators[char];
  if (operator) return { kind: operator, text: char, end: pos + 1 };
  if (char === ":") {
    if (source[pos + 1] !== "=") throw errorAt(source, pos, "A colon stands only in := here.");
    return { kind: "declare", text: ":=", end: pos + 2 };
  }
  if (char === '"') return lexQuoted(source, pos, '"', "string");
  if (char === "'") return lexQuoted(source, pos, "'", "char");
  if (char === "`") {
    const end = source.indexOf("`", pos + 1);
    if (end === -1) throw errorAt(source, pos, "This raw string is never closed: ` is missing.");
    return { kind: "raw", text: source.slice(pos, end + 1), end: end + 1 };
  }
  const digitNext = isDigit(source[pos + 1]);
  if (isDigit(char) || ((char === "+" || char === "-") && (digitNext || source[pos + 1] === ".")) || (char === "." && digitNext)) {
    return lexNumber(source, pos);
  }
  if (char === ".") return lexName(source, pos, "field");
  if (char === "$") return lexName(source, pos, "variable");
  const word = matchAt(wordAt, source, pos);
  if (word === "") throw errorAt(source, pos, strayCharacter(source, pos));
  requireEnd(source, pos, word);
  return { kind: keywordSet.has(word) ? "keyword" : "identifier", text: word, end: pos + word.length };
}

function lexQuoted(source: string, pos: number, quote: string, kind: "string" | "char"): Lexed {
  for (let at = pos + 1; at < source.length; at++) {
    const char = source[at];
    if (char === "\n") break;
    if (char === "\\") at++;
    else if (char === quote) return { kind, text: source.slice(pos, at + 1), end: at + 1 };
  }
  const what = kind === "string" ? "string" : "character";
  throw errorAt(source, pos, `This ${what} is not closed on its line: ${quote} is missing.`);
}

function lexNumber(source: string, pos: number): Lexed {
  let text = matchAt(numberAt, source, pos);
  const sign = source[pos + text.length];
  if (text.length > 0 && !text.endsWith("i") && (sign === "+" || sign === "-")) text += matchAt(numberAt, source, pos + text.length);
  const rest = matchAt(wordAt, source, pos + text.length);
  if (rest !== "" || text === "") throw errorAt(source, pos, `${JSON.stringify((text + rest).slice(0, 40))} is not a number.`);
  return { kind: "number", text, end: pos + text.length };
}

/** `.`, `.name`, `$` or `$name`. */
function lexName(source: string, pos: number, kind: "field" | "variable"): Lexed {
  const word = matchAt(wordAt, source, pos + 1);
  const end = pos + 1 + word.length;
  requireEnd(source, pos, source.slice(pos, end));
  if (kind === "variable") return { kind, text: `$${word}`, end };
  return word === "" ? { kind: "dot", text: ".", end } : { kind, text: word, end };
}

/** A name must be followed by something that can end it. */
function requireEnd(source: string, pos: number, name: string): void {
  const end = pos + name.length;
  const next = source[end];
  if (next === undefined || isBlank(next) || ".,|:()".includes(next) || source.startsWith("}}", end)) return;
  if (next === "-" && name.startsWith(".")) {
    const key = name.slice(1) + (/^[\w-]+/.exec(source.slice(end, end + 200))?.[0] ?? "");
    throw errorAt(
      source,
      end,
      `A name after a dot cannot hold "-": write (index . ${JSON.stringify(key)}), with the map before the key in place of the dot.`,
    );
  }
  throw errorAt(source, end, strayCharacter(source, end));
}

function strayCharacter(source: string, pos: number): string {
  if (source.startsWith("{{", pos)) return "An action cannot begin inside another: the one before lacks its }}.";
  const char = String.fromCodePoint(source.codePointAt(pos) ?? 0);
  return `The character ${JSON.stringify(char)} has no meaning here.`;
}

function matchAt(pattern: RegExp, source: string, pos: number): string {
  pattern.lastIndex = pos;
  return pattern.exec(source)?.[0] ?? "";
}

function isBlank(char: string | undefined): boolean {
  return char !== undefined && char !== "" && blank.includes(char);
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}

function trimBlankStart(text: string): string {
  let start = 0;
  while (isBlank(text[start])) start++;
  return text.slice(start);
}

function trimBlankEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end--;
  return text.slice(0, end);
}
