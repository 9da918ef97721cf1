import { exact, parts, roundTo, shortest } from "./float-digits.ts";
import type { Decimal } from "./float-digits.ts";

export type FloatVerb = "e" | "f" | "g" | "b" | "x";

/**
 * A float64 in Go's notation, as `strconv.FormatFloat` writes it. Precision -1 means as many digits as it takes to read the same number again.
 * The result begins with "-" for negative numbers, never with "+", but for "+Inf".
 */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (verb === "b") return sign + binary(magnitude);
  if (verb === "x") return sign + hexadecimal(magnitude, precision);
  const all = precision < 0 ? shortest(magnitude) : exact(magnitude);
  if (verb === "e") {
    const decimal = precision < 0 ? all : roundTo(all, precision + 1);
    return sign + scientific(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision);
  }
  if (verb === "f") {
    const decimal = precision < 0 ? all : roundTo(all, all.point + precision);
    return sign + plain(decimal, precision < 0 ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
  }
  return sign + general(all, precision);
}

function general(all: Decimal, precision: number): string {
  const wanted = precision < 0 ? -1 : Math.max(precision, 1);
  const decimal = wanted < 0 ? all : roundTo(all, wanted);
  const count = decimal.digits.length;
  let threshold = wanted < 0 ? 6 : wanted;
  if (threshold > count && count >= decimal.point) threshold = count;
  if (wanted < 0) threshold = 6;
  const exponent = decimal.point - 1;
  if (count > 0 && (exponent < -4 || exponent >= threshold)) return scientific(decimal, Math.max(count - 1, 0));
  return plain(decimal, Math.max(count - decimal.point, 0));
}

function scientific(decimal: Decimal, fraction: number): string {
  const { digits, point } = decimal;
  const exponent = digits === "" ? 0 : point - 1;
  const mantissa = (digits[0] ?? "0") + (fraction > 0 ? `.${digits.slice(1, 1 + fraction).padEnd(fraction, "0")}` : "");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plain(decimal: Decimal, fraction: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (fraction <= 0) return whole;
  const rest = point >= 0 ? digits.slice(point) : "0".repeat(Math.min(-point, fraction)) + digits;
  return `${whole}.${rest.slice(0, fraction).padEnd(fraction, "0")}`;
}

function binary(value: number): string {
  const { mantissa, exponent } = parts(value);
  return `${mantissa}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`;
}

function hexadecimal(value: number, precision: number): string {
  if (value === 0) return `0x0${precision > 0 ? `.${"0".repeat(precision)}` : ""}p+00`;
  let { mantissa, exponent } = parts(value);
  while (mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent--;
  }
  exponent += 52;
  if (precision >= 0 && precision < 13) {
    const dropped = BigInt(52 - 4 * precision);
    const rest = mantissa & ((1n << dropped) - 1n);
    const half = 1n << (dropped - 1n);
    mantissa >>= dropped;
    if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa += 1n;
    mantissa <<= dropped;
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const digits = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, "0");
  const fraction = precision < 0 ? digits.replace(/0+$/, "") : digits.slice(0, precision).padEnd(precision, "0");
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `0x1${fraction === "" ? "" : `.${fraction}`}p${power}`;
}
