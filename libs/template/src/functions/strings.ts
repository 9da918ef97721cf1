import { Failure } from "../errors.ts";
import { formatValue } from "../format/format-value.ts";
import { goQuote } from "../format/quote.ts";
import { byteLength, sliceBytes } from "../text/bytes.ts";
import { camelCase, initials, isSpace, joinWords, lower, swapCase, title, untitle, upper } from "../text/case.ts";
import { abbreviate, wrapText } from "../text/wrap.ts";
import { fn, variadic } from "./define.ts";
import type { Call, FunctionTable, TemplateFunction } from "./define.ts";

/** Takes characters off both ends while they match. */
function trimWhile(text: string, matches: (char: string) => boolean): string {
  const chars = Array.from(text);
  let start = 0;
  let end = chars.length;
  while (start < end && matches(chars[start] ?? "")) start++;
  while (end > start && matches(chars[end - 1] ?? "")) end--;
  return chars.slice(start, end).join("");
}

function trimSet(call: Call, set: string, text: string): string {
  call.budget.step((set.length + text.length) / 8);
  const chars = new Set(set);
  return trimWhile(text, (char) => chars.has(char));
}

function repeat(call: Call, count: number, text: string): string {
  if (count < 0) throw new Failure("out_of_range", "repeat cannot repeat a negative number of times.");
  call.budget.reserve(count * text.length);
  return text.repeat(count);
}

function occurrences(text: string, part: string): number {
  if (part === "") return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** Replaces every occurrence; an empty `old` stands before and after each character. */
function replace(call: Call, old: string, by: string, text: string): string {
  call.budget.reserve(text.length + occurrences(text, old) * by.length);
  if (old !== "") return text.replaceAll(old, () => by);
  let out = by;
  for (const char of text) out += char + by;
  return out;
}

function indent(call: Call, spaces: number, text: string): string {
  if (spaces < 0) throw new Failure("out_of_range", "indent cannot indent by a negative number of spaces.");
  call.budget.reserve(text.length + spaces * occurrences(text, "\n") + spaces);
  const pad = " ".repeat(spaces);
  return pad + text.replaceAll("\n", `\n${pad}`);
}

function substr(start: number, end: number, text: string): string {
  const length = byteLength(text);
  const from = Math.max(start, 0);
  const to = start < 0 || (end >= 0 && end <= length) ? end : length;
  if (from > to || to > length)
    throw new Failure("out_of_range", `substr from ${start} to ${end} is out of range: the string has ${length} bytes.`);
  return sliceBytes(text, from, to);
}

function trunc(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0) return length + count > 0 ? sliceBytes(text, length + count) : text;
  return length > count ? sliceBytes(text, 0, count) : text;
}

function wrap(call: Call, width: number, separator: string, text: string, breakWords: boolean): string {
  call.budget.reserve(text.length + Math.ceil(byteLength(text) / Math.max(width, 1)) * Math.max(separator.length, 1));
  return wrapText(text, width, separator, breakWords);
}

/** A function that looks at one character after the other, which is slower than what the engine does at once. */
function byCharacter(change: (text: string) => string): TemplateFunction {
  return fn(["string"], (call, text) => {
    call.budget.step(text.length / 2);
    return change(text);
  });
}

export const stringFunctions: FunctionTable = {
  abbrev: fn(["int", "string"], (_, width, text) => (width < 4 ? text : abbreviate(text, 0, width))),
  abbrevboth: fn(["int", "int", "string"], (_, left, right, text) =>
    right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right),
  ),
  trunc: fn(["int", "string"], (_, count, text) => trunc(count, text)),
  trim: fn(["string"], (_, text) => trimWhile(text, isSpace)),
  trimAll: fn(["string", "string"], trimSet),
  trimall: fn(["string", "string"], trimSet),
  trimSuffix: fn(["string", "string"], (_, suffix, text) =>
    suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
  trimPrefix: fn(["string", "string"], (_, prefix, text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  upper: byCharacter(upper),
  lower: byCharacter(lower),
  title: byCharacter(title),
  untitle: byCharacter(untitle),
  swapcase: byCharacter(swapCase),
  snakecase: byCharacter((text) => joinWords(text, "_")),
  kebabcase: byCharacter((text) => joinWords(text, "-")),
  camelcase: byCharacter(camelCase),
  initials: byCharacter(initials),
  nospace: fn(["string"], (_, text) => text.replace(/\p{White_Space}/gu, "")),
  substr: fn(["int", "int", "string"], (_, start, end, text) => substr(start, end, text)),
  repeat: fn(["int", "string"], repeat),
  wrap: fn(["int", "string"], (call, width, text) => wrap(call, width, "", text, false)),
  wrapWith: fn(["int", "string", "string"], (call, width, separator, text) => wrap(call, width, separator, text, true)),
  contains: fn(["string", "string"], (_, part, text) => text.includes(part)),
  hasPrefix: fn(["string", "string"], (_, prefix, text) => text.startsWith(prefix)),
  hasSuffix: fn(["string", "string"], (_, suffix, text) => text.endsWith(suffix)),
  quote: variadic([], "any", (call, _, values) =>
    values
      .filter((value) => value !== null)
      .map((value) => goQuote(formatValue(call, value)))
      .join(" "),
  ),
  squote: variadic([], "any", (call, _, values) =>
    values
      .filter((value) => value !== null)
      .map((value) => `'${formatValue(call, value)}'`)
      .join(" "),
  ),
  cat: variadic([], "any", (call, _, values) =>
    values
      .filter((value) => value !== null)
      .map((value) => formatValue(call, value))
      .join(" "),
  ),
  indent: fn(["int", "string"], indent),
  nindent: fn(["int", "string"], (call, spaces, text) => `\n${indent(call, spaces, text)}`),
  replace: fn(["string", "string", "string"], replace),
  plural: fn(["string", "string", "int"], (_, one, many, count) => (count === 1 ? one : many)),
  hello: fn([], () => "Hello!"),
};
