import { Failure } from "../errors.ts";
import { isTrue, itemOf } from "../value.ts";
import { holds } from "./deep.ts";
import { fn, variadic } from "./define.ts";
import type { Call, FunctionTable, TemplateFunction } from "./define.ts";
import type { Value } from "../value.ts";

function uniq(call: Call, list: Value[]): Value[] {
  const result: Value[] = [];
  for (const item of list) if (!holds(call, result, item)) result.push(item);
  return result;
}

function chunk(call: Call, size: number, list: Value[]): Value[] {
  if (size < 1) throw new Failure("out_of_range", "chunk needs a size of at least 1.");
  call.budget.reserve(list.length);
  const chunks: Value[] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}

function concat(call: Call, lists: Value[][]): Value[] {
  call.budget.reserve(lists.reduce((size, list) => size + list.length, 0));
  return lists.flat(1);
}

/** Lists are never changed in place. Those with a `must` form fail the same way as without. */
const both: FunctionTable = {
  append: fn(["list", "any"], (_, list, item) => [...list, item]),
  push: fn(["list", "any"], (_, list, item) => [...list, item]),
  prepend: fn(["list", "any"], (_, list, item) => [item, ...list]),
  first: fn(["list"], (_, list) => (list.length === 0 ? null : itemOf(list, 0))),
  last: fn(["list"], (_, list) => (list.length === 0 ? null : itemOf(list, list.length - 1))),
  rest: fn(["list"], (_, list) => list.slice(1)),
  initial: fn(["list"], (_, list) => list.slice(0, -1)),
  reverse: fn(["list"], (_, list) => list.toReversed()),
  uniq: fn(["list"], uniq),
  compact: fn(["list"], (call, list) => list.filter((item) => isTrue(item ?? null, call.budget))),
  without: variadic(["list"], "any", (call, [list], omitted) => list.filter((item) => !holds(call, omitted, item))),
  has: fn(["any", "any"], (call, item, list) => {
    if (list === null) return false;
    if (!Array.isArray(list)) throw new Failure("wrong_type", "has looks for an item in a list, and its second argument is none.");
    return holds(call, list, item);
  }),
  chunk: fn(["int", "list"], chunk),
};

export const listFunctions: FunctionTable = {
  ...both,
  ...withMust(both),
  list: variadic([], "any", (_, __, items) => items),
  tuple: variadic([], "any", (_, __, items) => items),
  concat: variadic([], "list", (call, _, lists) => concat(call, lists)),
};

/** The same functions under their names with `must`, which in Sprig return the error that the others panic with. */
export function withMust(table: FunctionTable): Record<string, TemplateFunction> {
  return Object.fromEntries(
    Object.entries(table).map(([name, definition]) => [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, definition]),
  );
}
