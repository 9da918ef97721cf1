import { Failure } from "../errors.ts";
import { shortest } from "../format/float-digits.ts";

/** `coefficient` × 10^`exponent`: float functions calculate in decimal, so that 0.1 and 0.2 make 0.3. */
export type Decimal = { coefficient: bigint; exponent: number };

/** Digits after the point that a quotient keeps. */
const quotientPlaces = 16;

/** The shortest decimal that reads as this float64. @throws Failure for infinities and NaN */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new Failure("invalid_value", "Infinity and NaN cannot be calculated with.");
  const { digits, point } = shortest(Math.abs(value));
  const coefficient = BigInt(digits === "" ? "0" : digits);
  return { coefficient: value < 0 ? -coefficient : coefficient, exponent: point - digits.length };
}

/** The nearest float64. */
export function numberFrom({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`);
}

export function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { coefficient: rescale(a, exponent) + rescale(b, exponent), exponent };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { ...b, coefficient: -b.coefficient });
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
}

/** Rounded half away from zero at the 16th place. @throws Failure for a zero divisor */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new Failure("invalid_value", "Division by zero.");
  const shift = a.exponent - b.exponent + quotientPlaces;
  const numerator = shift >= 0 ? a.coefficient * 10n ** BigInt(shift) : a.coefficient;
  const denominator = shift >= 0 ? b.coefficient : b.coefficient * 10n ** BigInt(-shift);
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  const away = 2n * magnitude(rest) >= magnitude(denominator) ? (numerator < 0n === denominator < 0n ? 1n : -1n) : 0n;
  return { coefficient: quotient + away, exponent: -quotientPlaces };
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function rescale({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to);
}
