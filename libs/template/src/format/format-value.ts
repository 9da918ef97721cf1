import { formatTime } from "../time/format-time.ts";
import { Complex, Float, Time, Version, isInt, itemOf, ownValue, sortedKeys } from "../value.ts";
import { formatFloat } from "./format-float.ts";
import type { Budget } from "../limits.ts";
import type { Dict, Value } from "../value.ts";

type Budgeted = { budget: Budget };

/** What an action prints for a value: Go's `%v`, but `<no value>` for nil. */
export function formatTop(call: Budgeted, value: Value): string {
  if (typeof value === "string") return value;
  return value === null ? "<no value>" : formatValue(call, value);
}

/** Go's `%v`. @throws Failure where the value is deeper or larger than the limits allow */
export function formatValue(call: Budgeted, value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) return "<nil>";
  if (typeof value === "boolean" || isInt(value)) return String(value);
  if (typeof value === "number") return formatDataFloat(value);
  if (value instanceof Float) return formatFloat(value.value, "g", -1);
  if (value instanceof Complex) return `(${formatFloat(value.re, "g", -1)}${signed(formatFloat(value.im, "g", -1))}i)`;
  if (value instanceof Time) return formatTime(value, "2006-01-02 15:04:05.999999999 -0700 MST");
  if (value instanceof Version) return value.text;
  return formatNested(call, value, (item) => formatValue(call, item));
}

/** `[a b]` and `map[k:v]`, the keys in order; keys are formatted like the items. */
export function formatNested(call: Budgeted, value: Value[] | Dict, format: (item: Value) => string): string {
  call.budget.enter();
  const parts: string[] = [];
  const add = (part: string): void => {
    call.budget.reserve(part.length + 1);
    parts.push(part);
  };
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) add(format(itemOf(value, i)));
  else for (const key of sortedKeys(value, call.budget)) add(`${format(key)}:${format(ownValue(value, key) ?? null)}`);
  call.budget.leave();
  return Array.isArray(value) ? `[${parts.join(" ")}]` : `map[${parts.join(" ")}]`;
}

/** Integers beyond 2^53 in data have lost their exactness as JSON already; they print without an exponent all the same. */
function formatDataFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : formatFloat(value, "g", -1);
}

/** With its sign, also where that is a plus. */
function signed(number: string): string {
  return /^[+-]/.test(number) ? number : `+${number}`;
}
