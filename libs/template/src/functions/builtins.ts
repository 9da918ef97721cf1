import { Failure } from "../errors.ts";
import { formatTop, formatValue } from "../format/format-value.ts";
import { printf } from "../format/printf.ts";
import { byteAt, byteLength, sliceBytes } from "../text/bytes.ts";
import { escapeHtml, escapeJs, escapeQuery } from "../text/escape.ts";
import { countKeys, isDict, isInt, isTrue, itemOf, ownValue, wordFor } from "../value.ts";
import { fn, variadic } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

function lengthOf(call: Call, value: Value): number {
  if (typeof value === "string") return byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isDict(value)) return countKeys(value, call.budget);
  throw new Failure("wrong_type", `len counts strings, lists and maps; this is ${wordFor(value)}.`);
}

/** One step of `index`. A missing key of a map is nil, as in Go; an index out of range fails. */
function indexOne(call: Call, value: Value, key: Value): Value {
  if (isDict(value)) {
    if (typeof key !== "string") throw new Failure("wrong_type", `index of a map needs a string as the key, not ${wordFor(key)}.`);
    return ownValue(value, key) ?? null;
  }
  if (value === null)
    throw new Failure(
      "nil_value",
      `index of nil: there is nothing to look ${typeof key === "string" ? `for ${JSON.stringify(key)}` : "an item up"} in.`,
    );
  if (!Array.isArray(value) && typeof value !== "string")
    throw new Failure("wrong_type", `index works on lists, maps and strings, not on ${wordFor(value)}.`);
  if (!isInt(key)) throw new Failure("wrong_type", `index of ${wordFor(value)} needs an integer, not ${wordFor(key)}.`);
  const length = lengthOf(call, value);
  const at = Number(key);
  if (at < 0 || at >= length)
    throw new Failure("out_of_range", `index ${at} is out of range: there ${length === 1 ? "is 1 item" : `are ${length} items`}.`);
  return Array.isArray(value) ? itemOf(value, at) : byteAt(value, at);
}

/** `slice x 1 2` is `x[1:2]`, of strings by bytes; of lists also with a capacity. */
function slice(call: Call, value: Value, bounds: Value[]): Value {
  if (value === null) return null;
  if (!Array.isArray(value) && typeof value !== "string")
    throw new Failure("wrong_type", `slice works on lists and strings, not on ${wordFor(value)}.`);
  if (bounds.length > 3 || (bounds.length === 3 && typeof value === "string")) {
    throw new Failure("wrong_arguments", `slice of ${wordFor(value)} takes at most ${typeof value === "string" ? 2 : 3} bounds.`);
  }
  const length = lengthOf(call, value);
  const limits = bounds.map((bound) => {
    if (!isInt(bound)) throw new Failure("wrong_type", `The bounds of slice are integers, not ${wordFor(bound)}.`);
    return Number(bound);
  });
  const [start = 0, end = length, capacity = length] = limits;
  if (start < 0 || end < start || capacity < end || capacity > length) {
    throw new Failure(
      "out_of_range",
      `slice from ${start} to ${end} is out of range: there ${length === 1 ? "is 1 item" : `are ${length} items`}.`,
    );
  }
  return Array.isArray(value) ? value.slice(start, end) : sliceBytes(value, start, end);
}

/** Go's `fmt.Sprint`: a space between two neighbours neither of which is a string. */
export function sprint(call: Call, args: Value[]): string {
  let out = "";
  for (const [i, value] of args.entries()) {
    if (i > 0 && typeof value !== "string" && typeof args[i - 1] !== "string") out += " ";
    out += formatValue(call, value);
  }
  return out;
}

/** What html, js and urlquery work on: a single value as an action would print it, several as `print` does. */
function joined(call: Call, args: Value[]): string {
  const [only = null] = args;
  const text = args.length === 1 ? formatTop(call, only) : sprint(call, args);
  call.budget.reserve(text.length * 6);
  return text;
}

/** The functions that the template language itself defines. `and` and `or` stop early, which the evaluator does; here they are complete all the same. */
export const builtins: FunctionTable = {
  and: variadic(
    ["any"],
    "any",
    (call, [first], rest) => [first, ...rest].find((value) => !isTrue(value, call.budget)) ?? rest.at(-1) ?? first,
  ),
  or: variadic(
    ["any"],
    "any",
    (call, [first], rest) => [first, ...rest].find((value) => isTrue(value, call.budget)) ?? rest.at(-1) ?? first,
  ),
  not: fn(["any"], (call, value) => !isTrue(value, call.budget)),
  len: fn(["any"], lengthOf),
  index: variadic(["any"], "any", (call, [value], keys) => keys.reduce((at, key) => indexOne(call, at, key), value)),
  slice: variadic(["any"], "any", (call, [value], bounds) => slice(call, value, bounds)),
  print: variadic([], "any", (call, _, args) => sprint(call, args)),
  println: variadic([], "any", (call, _, args) => `${args.map((value) => formatValue(call, value)).join(" ")}\n`),
  printf: variadic(["string"], "any", (call, [format], args) => printf(call, format, args)),
  html: variadic([], "any", (call, _, args) => escapeHtml(joined(call, args))),
  js: variadic([], "any", (call, _, args) => escapeJs(joined(call, args))),
  urlquery: variadic([], "any", (call, _, args) => escapeQuery(joined(call, args))),
  call: variadic(["any"], "any", (_, [value]) => {
    throw new Failure("wrong_type", `call needs a function, and values are never functions: this is ${wordFor(value)}.`);
  }),
};
