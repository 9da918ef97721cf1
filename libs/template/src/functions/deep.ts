import { compareNumbers } from "./compare.ts";
import { Complex, Time, Version, isDict, isFloat, isInt, itemOf, ownValue, sortedKeys } from "../value.ts";
import type { Call } from "./define.ts";
import type { Value } from "../value.ts";

/** Whether two values are the same, item by item. Numbers are the same if they are equal, whatever their type. */
export function deepEqual(call: Call, a: Value, b: Value): boolean {
  call.budget.step();
  if (a === b) return true;
  if (a === null || b === null) return false;
  if ((isInt(a) || isFloat(a)) && (isInt(b) || isFloat(b))) return compareNumbers(a, b) === 0;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && below(call, () => a.every((_, i) => deepEqual(call, itemOf(a, i), itemOf(b, i))));
  }
  if (isDict(a)) {
    if (!isDict(b)) return false;
    const keys = sortedKeys(a, call.budget);
    return (
      sortedKeys(b, call.budget).length === keys.length &&
      below(call, () => keys.every((key) => sameEntry(call, ownValue(a, key), ownValue(b, key))))
    );
  }
  if (a instanceof Complex) return b instanceof Complex && a.re === b.re && a.im === b.im;
  if (a instanceof Time) return b instanceof Time && a.ms === b.ms;
  return a instanceof Version && b instanceof Version && a.text === b.text;
}

function sameEntry(call: Call, a: Value | undefined, b: Value | undefined): boolean {
  return a !== undefined && b !== undefined && deepEqual(call, a, b);
}

function below(call: Call, work: () => boolean): boolean {
  call.budget.enter();
  const result = work();
  call.budget.leave();
  return result;
}

/** Whether the list holds the value. */
export function holds(call: Call, list: readonly Value[], value: Value): boolean {
  return list.some((_, index) => deepEqual(call, value, itemOf(list, index)));
}
