import { parseInteger } from "../syntax/parse-number.ts";
import { Float, intOf, isFloat, isInt, numberOf } from "../value.ts";
import type { Value } from "../value.ts";

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** Sprig's conversion to an integer: of numbers, bools and strings (with prefixes, and zeros after the point); 0 for anything else. */
export function toInt(value: Value): bigint {
  if (isInt(value)) return BigInt(value);
  if (isFloat(value)) {
    const real = Math.trunc(numberOf(value));
    return Number.isFinite(real) && Math.abs(real) < 2 ** 63 ? BigInt(real) : smallest;
  }
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value !== "string") return 0n;
  const int = parseInteger(value.replace(/\.0+$/, ""));
  return int === undefined || int > largest || int < smallest ? 0n : int;
}

/** Sprig's conversion to a float: of numbers, bools and strings; 0 for anything else. */
export function toFloat(value: Value): number {
  if (isInt(value) || isFloat(value)) return numberOf(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" ? (parseFloat64(value) ?? 0) : 0;
}

/** Reads a decimal float; undefined where the text is none. */
function parseFloat64(text: string): number | undefined {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  const word = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (!word) return undefined;
  return word[2] === undefined ? Number.NaN : word[1] === "-" ? -Infinity : Infinity;
}

/** An integer as a value. */
export function int(value: bigint): Value {
  return intOf(value);
}

/** A float as a value. */
export function float(value: number): Value {
  return new Float(value);
}
