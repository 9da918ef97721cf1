import { Failure } from "../errors.ts";
import { describe, fieldOf, isDict, listKeys, sortedKeys, wordFor } from "../value.ts";
import { nearest } from "../nearest.ts";
import type { ChainLink } from "../errors.ts";
import type { Value } from "../value.ts";
import type { State } from "./state.ts";

/**
 * Follows names from a value. `base` gives the value's expression as written, "" for the dot; a failure stands at the name that leads nowhere.
 * @throws Failure `missing_key`, `nil_value` or `not_a_map`, with the values on the way
 */
export function follow(state: State, start: Value, node: { pos: number; path: readonly string[] }, base: () => string): Value {
  const { path } = node;
  let value = start;
  for (let i = 0; i < path.length; i++) {
    const key = path[i] ?? "";
    const next = fieldOf(value, key);
    if (next === undefined) {
      const written = base();
      state.pos = node.pos + [written, ...path.slice(0, i)].join(".").length;
      throw lost(start, path, i, written);
    }
    value = next;
  }
  return value;
}

function lost(start: Value, path: readonly string[], failed: number, base: string): Failure {
  const chain: ChainLink[] = [];
  let value = start;
  let expression = base;
  chain.push({ expression: expression === "" ? "." : expression, value: describe(value) });
  for (const key of path.slice(0, failed)) {
    value = fieldOf(value, key) ?? null;
    expression += `.${key}`;
    chain.push({ expression, value: describe(value) });
  }
  const key = path[failed] ?? "";
  const full = `${base}.${path.join(".")}`;
  const parent = expression === "" ? "." : expression;
  if (isDict(value)) return new Failure("missing_key", missing(full, parent, key, value), chain);
  if (value === null)
    return new Failure("nil_value", `${full} has no value: ${parent} is nil, so it has no key ${JSON.stringify(key)}.`, chain);
  const hint = Array.isArray(value) ? ` Use {{range}} or (index ${parent} 0) to reach its items.` : "";
  return new Failure(
    "not_a_map",
    `${full} has no value: ${parent} is ${wordFor(value)}, so it has no key ${JSON.stringify(key)}.${hint}`,
    chain,
  );
}

function missing(full: string, parent: string, key: string, value: Record<string, Value>): string {
  const guess = nearest(key, sortedKeys(value));
  const where = full === `${parent === "." ? "" : parent}.${key}` ? "" : ` in ${full}`;
  const suggestion = guess === undefined ? "" : ` Did you mean ${JSON.stringify(guess)}?`;
  return `There is no key ${JSON.stringify(key)} in ${parent}${where}: it has ${listKeys(value)}.${suggestion}`;
}
