/** A positive number in decimal: 0.`digits` × 10^`point`. No leading or trailing zeros; zero has no digits and point 0. */
export type Decimal = { digits: string; point: number };

/** The fewest digits that give the same float64 again. */
export function shortest(value: number): Decimal {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return normalize(mantissa.replace(".", ""), Number(exponent) + 1);
}

/** All digits of the float64, which always end. */
export function exact(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const { mantissa, exponent } = parts(value);
  const digits = (exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent)).toString();
  return normalize(digits, digits.length + Math.min(0, exponent));
}

/** The float64 as `mantissa` × 2^`exponent`, with the mantissa in its full 53 bits where the number is normal. */
export function parts(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return biased === 0 ? { mantissa: fraction, exponent: -1074 } : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** Keeps `count` digits; the rest rounds half to even. */
export function roundTo(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: "", point: 0 };
  const next = digits.charCodeAt(count) - 48;
  const half = next === 5 && count + 1 === digits.length;
  const odd = count > 0 && (digits.charCodeAt(count - 1) - 48) % 2 === 1;
  const up = half ? odd : next >= 5;
  const kept = digits.slice(0, count);
  if (!up) return normalize(kept, point);
  const raised = (BigInt(`0${kept}`) + 1n).toString().padStart(count, "0");
  return normalize(raised, point + (raised.length - count));
}

function normalize(digits: string, point: number): Decimal {
  let start = 0;
  while (digits[start] === "0") start++;
  let end = digits.length;
  while (end > start && digits[end - 1] === "0") end--;
  return start === end ? { digits: "", point: 0 } : { digits: digits.slice(start, end), point: point - start };
}
