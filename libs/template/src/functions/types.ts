import { formatValue } from "../format/format-value.ts";
import { Complex, Float, isDict, isFloat, isInt, typeOf } from "../value.ts";
import { deepEqual } from "./deep.ts";
import { fn } from "./define.ts";
import { float, int, toFloat, toInt } from "./to-number.ts";
import type { FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

/** The kind as Go's reflection names it. */
function kindOf(value: Value): string {
  if (value === null) return "invalid";
  if (Array.isArray(value)) return "slice";
  if (isDict(value)) return "map";
  if (typeof value === "boolean" || typeof value === "string" || isInt(value) || isFloat(value) || value instanceof Float)
    return typeOf(value);
  return value instanceof Complex ? "complex128" : "struct";
}

const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);

/** Go's `strconv.Atoi`: what does not fit becomes the nearest that does, what is no number 0. */
function atoi(text: string): Value {
  if (!/^[+-]?\d{1,400}$/.test(text)) return 0;
  const value = BigInt(text.replace("+", ""));
  return int(value > largest ? largest : value < smallest ? smallest : value);
}

function octal(text: string): Value {
  const [, sign = "", digits = ""] = /^([+-]?)([0-7]{1,40})$/.exec(text) ?? [];
  if (digits === "") return 0;
  const value = BigInt(`0o${digits}`);
  return value > largest ? 0 : int(sign === "-" ? -value : value);
}

export const typeFunctions: FunctionTable = {
  typeOf: fn(["any"], (_, value) => typeOf(value)),
  typeIs: fn(["string", "any"], (_, type, value) => type === typeOf(value)),
  typeIsLike: fn(["string", "any"], (_, type, value) => type === typeOf(value) || `*${type}` === typeOf(value)),
  kindOf: fn(["any"], (_, value) => kindOf(value)),
  kindIs: fn(["string", "any"], (_, kind, value) => kind === kindOf(value)),
  deepEqual: fn(["any", "any"], deepEqual),
  toString: fn(["any"], formatValue),
  atoi: fn(["string"], (_, text) => atoi(text)),
  int: fn(["any"], (_, value) => int(toInt(value))),
  int64: fn(["any"], (_, value) => int(toInt(value))),
  float64: fn(["any"], (_, value) => float(toFloat(value))),
  toDecimal: fn(["any"], (call, value) => octal(formatValue(call, value))),
};
