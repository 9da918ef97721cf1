import { copyData } from "../copy-data.ts";
import { Failure } from "../errors.ts";
import { formatValue } from "../format/format-value.ts";
import { isDict, isTrue, newDict, ownValue, sortedKeys, wordFor } from "../value.ts";
import { fn, mutating, variadic } from "./define.ts";
import { withMust } from "./lists.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Dict, Value } from "../value.ts";

function dict(call: Call, items: Value[]): Dict {
  const result = newDict();
  for (let i = 0; i < items.length; i += 2)
    result[formatValue(call, items[i] ?? null)] = i + 1 < items.length ? (items[i + 1] ?? null) : "";
  return result;
}

function set(target: Dict, key: string, value: Value): Dict {
  // On a map that is not made by newDict, assigning "__proto__" would set the prototype.
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  return target;
}

function unset(target: Dict, key: string): Dict {
  delete target[key];
  return target;
}

/** Follows keys; the default where one is missing or leads to nil. */
function dig(args: Value[]): Value {
  const keys = args.slice(0, -2);
  const fallback = args.at(-2) ?? null;
  let value = args.at(-1) ?? null;
  for (const key of keys) {
    if (typeof key !== "string") throw new Failure("wrong_type", `The keys of dig are strings, not ${wordFor(key)}.`);
    if (value === null) return fallback;
    if (!isDict(value))
      throw new Failure("not_a_map", `dig found ${wordFor(value)} where a map with the key ${JSON.stringify(key)} was expected.`);
    const next = ownValue(value, key);
    if (next === undefined) return fallback;
    value = next;
  }
  return value;
}

/** Fills what is missing or empty in `target`, or with `overwrite` takes over everything that `source` has; maps within are merged alike. */
function mergeInto(call: Call, target: Dict, source: Dict, overwrite: boolean): void {
  call.budget.enter();
  for (const key of sortedKeys(source, call.budget)) {
    call.budget.step();
    const from = ownValue(source, key) ?? null;
    const to = ownValue(target, key);
    if (isDict(from) && to !== undefined && isDict(to)) mergeInto(call, to, from, overwrite);
    else if (overwrite || (to === undefined ? from !== null : !isTrue(to, call.budget) && isTrue(from, call.budget)))
      set(target, key, from);
  }
  call.budget.leave();
}

function merge(call: Call, target: Dict, sources: Dict[], overwrite: boolean): Dict {
  for (const source of sources) mergeInto(call, target, source, overwrite);
  return target;
}

function select(call: Call, source: Dict, keys: ReadonlySet<string>, listed: boolean): Dict {
  return newDict(
    sortedKeys(source, call.budget)
      .filter((key) => keys.has(key) === listed)
      .map((key) => [key, ownValue(source, key) ?? null]),
  );
}

const both: FunctionTable = {
  merge: mutating(variadic(["dict"], "dict", (call, [target], sources) => merge(call, target, sources, false))),
  mergeOverwrite: mutating(variadic(["dict"], "dict", (call, [target], sources) => merge(call, target, sources, true))),
  deepCopy: fn(["any"], (call, value) => copyData(call.budget, value)),
};

/** Keys and values come in the order of the keys, where Sprig's order is random. */
export const dictFunctions: FunctionTable = {
  ...both,
  ...withMust(both),
  dict: variadic([], "any", (call, _, items) => dict(call, items)),
  get: fn(["dict", "string"], (_, source, key) => ownValue(source, key) ?? (Object.hasOwn(source, key) ? null : "")),
  set: mutating(fn(["dict", "string", "any"], (_, target, key, value) => set(target, key, value))),
  unset: mutating(fn(["dict", "string"], (_, target, key) => unset(target, key))),
  hasKey: fn(["dict", "string"], (_, source, key) => ownValue(source, key) !== undefined),
  pluck: variadic(["string"], "dict", (_, [key], sources) =>
    sources.map((source) => ownValue(source, key)).filter((value) => value !== undefined),
  ),
  keys: variadic([], "dict", (call, _, sources) => sources.flatMap((source) => sortedKeys(source, call.budget))),
  values: fn(["dict"], (call, source) => sortedKeys(source, call.budget).map((key) => ownValue(source, key) ?? null)),
  pick: variadic(["dict"], "string", (call, [source], keys) => select(call, source, new Set(keys), true)),
  omit: variadic(["dict"], "string", (call, [source], keys) => select(call, source, new Set(keys), false)),
  dig: variadic(["any", "any", "any"], "any", (_, first, rest) => dig([...first, ...rest])),
};
