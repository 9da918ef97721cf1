import { isDict, newDict, ownValue } from "./value.ts";
import type { Budget } from "./limits.ts";
import type { Value } from "./value.ts";

/** A copy of data whose maps and lists may be changed. @throws Failure when it is deeper or larger than the limits allow */
export function copyData(budget: Budget, data: unknown): Value {
  const value = (data ?? null) as Value;
  if (Array.isArray(value)) {
    budget.enter();
    budget.reserve(value.length);
    budget.step(1 + value.length);
    const list = value.map((item) => copyData(budget, item));
    budget.leave();
    return list;
  }
  if (!isDict(value)) return value;
  budget.enter();
  const keys = Object.keys(value);
  budget.reserve(keys.length);
  budget.step(1 + 2 * keys.length);
  const copy = newDict();
  for (const key of keys) {
    const item = ownValue(value, key);
    if (item !== undefined) copy[key] = copyData(budget, item);
  }
  budget.leave();
  return copy;
}
