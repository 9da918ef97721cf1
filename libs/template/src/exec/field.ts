import { Failure } from "../errors.ts";
import { describe, fieldOf, isDict, listKeys, sortedKeys, wordFor } from "../value.ts";
import { nearest } from "../nearest.ts";
import type { ChainLink } from "../errors.ts";
import type { Dict, Value } from "../value.ts";
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

/** How many values on the way are shown, the last ones, and how much of a long expression. */
const linksShown = 10;
const charactersShown = 200;

function lost(start: Value, path: readonly string[], failed: number, base: string): Failure {
  const chain: ChainLink[] = [];
  let value = start;
  for (let i = 0; i <= failed; i++) {
    if (i > failed - linksShown) chain.push({ expression: shorten(expressionOf(base, path.slice(0, i))), value: describe(value) });
    if (i < failed) value = fieldOf(value, path[i] ?? "") ?? null;
  }
  const key = path[failed] ?? "";
  const full = shorten(expressionOf(base, path));
  const parent = shorten(expressionOf(base, path.slice(0, failed)));
  if (isDict(value)) return new Failure("missing_key", missing(value, key, parent, failed < path.length - 1 ? ` (in ${full})` : ""), chain);
  const what = value === null ? "nil" : wordFor(value);
  const hint = Array.isArray(value) ? ` Use {{range}} or (index ${parent} 0) to reach its items.` : "";
  return new Failure(
    value === null ? "nil_value" : "not_a_map",
    `${full} has no value: ${parent} is ${what}, so it has no key ${JSON.stringify(key)}.${hint}`,
    chain,
  );
}

function expressionOf(base: string, path: readonly string[]): string {
  return path.length === 0 ? base || "." : `${base}.${path.join(".")}`;
}

function shorten(expression: string): string {
  return expression.length > charactersShown ? `${expression.slice(0, charactersShown)}...` : expression;
}

function missing(value: Dict, key: string, parent: string, within: string): string {
  const guess = nearest(key, sortedKeys(value));
  const suggestion = guess === undefined ? "" : ` Did you mean ${JSON.stringify(guess)}?`;
  return `There is no key ${JSON.stringify(key)} in ${parent}${within}: it has ${listKeys(value)}.${suggestion}`;
}
