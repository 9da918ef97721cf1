import { formatValue } from "../format/format-value.ts";
import { compareStrings, itemOf, newDict } from "../value.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Dict, Value } from "../value.ts";

/** The items as strings, nil left out; a value that is no list is one item. */
function toStrings(call: Call, value: Value): string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return [formatValue(call, value)];
  const strings: string[] = [];
  for (let i = 0; i < value.length; i++) {
    const item = itemOf(value, i);
    if (item !== null) strings.push(formatValue(call, item));
  }
  call.budget.reserve(strings.length);
  call.budget.step(strings.length);
  return strings;
}

function join(call: Call, separator: string, value: Value): string {
  const strings = toStrings(call, value);
  call.budget.reserve(strings.reduce((size, text) => size + text.length + separator.length, 0));
  return strings.join(separator);
}

/** The parts between separators; an empty separator gives the characters. At most `count` parts where that is positive, none where it is 0. */
function split(call: Call, separator: string, text: string, count = -1): string[] {
  if (count === 0) return [];
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  call.budget.reserve(parts.length);
  return count > 0 && parts.length > count ? [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)] : parts;
}

function numbered(parts: readonly string[]): Dict {
  return newDict(parts.map((part, index) => [`_${index}`, part]));
}

export const stringListFunctions: FunctionTable = {
  join: fn(["string", "any"], join),
  split: fn(["string", "string"], (call, separator, text) => numbered(split(call, separator, text))),
  splitn: fn(["string", "int", "string"], (call, separator, count, text) => numbered(split(call, separator, text, count))),
  splitList: fn(["string", "string"], (call, separator, text) => split(call, separator, text)),
  toStrings: fn(["any"], toStrings),
  sortAlpha: fn(["any"], (call, value) => toStrings(call, value).toSorted(compareStrings)),
};
