import { Complex, Float, intOf } from "../value.ts";
import type { Value } from "../value.ts";

const maxInt = 2n ** 63n - 1n;
const minInt = -(2n ** 63n);

/** The value of a number literal as Go reads it: ints in base 2, 8, 10, 16 with underscores, floats (also hexadecimal), complex numbers. */
export function parseNumber(text: string): { value: Value } | { error: string } {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
  const wrong = { error: `${shown} is not a number.` };
  if (text.endsWith("i")) {
    const split = splitComplex(text.slice(0, -1));
    const re = split.re === "" ? 0 : parseReal(split.re);
    const im = parseReal(split.im);
    return re === undefined || im === undefined ? wrong : { value: new Complex(re, im) };
  }
  const int = parseInteger(text);
  if (int !== undefined) {
    if (int > maxInt || int < minInt) return { error: `${shown} does not fit into 64 bits.` };
    return { value: intOf(int) };
  }
  const looksFloat = /^[+-]?0[xX]/.test(text) ? /[pP]/.test(text) : /[.eE]/.test(text);
  const real = looksFloat ? parseReal(text) : undefined;
  if (real === undefined || !Number.isFinite(real)) return wrong;
  return { value: new Float(real) };
}

/** The sign between the parts of a complex literal is the last one that is not an exponent's. */
function splitComplex(text: string): { re: string; im: string } {
  for (let at = text.length - 1; at > 0; at--) {
    const hex = /^[+-]?0[xX]/.test(text);
    const exponent = hex ? "pP" : "eE";
    if ((text[at] === "+" || text[at] === "-") && !exponent.includes(text[at - 1] ?? ""))
      return { re: text.slice(0, at), im: text.slice(at) };
  }
  return { re: "", im: text };
}

/** Reads an integer of any size; undefined where the text is none. A leading 0 means octal. */
export function parseInteger(text: string): bigint | undefined {
  const match =
    /^([+-]?)(0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[oO]_?[0-7]+(?:_[0-7]+)*|0[bB]_?[01]+(?:_[01]+)*|0(?:_?[0-7]+)*|[1-9][0-9]*(?:_[0-9]+)*)$/.exec(
      text,
    );
  if (!match?.[2] || text.length > 400) return undefined;
  const digits = match[2].replaceAll("_", "");
  const magnitude = /^0[0-7]/.test(digits) ? BigInt(`0o${digits}`) : BigInt(digits.toLowerCase());
  return match[1] === "-" ? -magnitude : magnitude;
}

/** Reads a float as Go's `strconv.ParseFloat` does in literals: underscores between digits, hexadecimal with a binary exponent. */
export function parseReal(text: string): number | undefined {
  const hex = /^([+-]?)0[xX]_?([0-9a-fA-F_]*)(?:\.([0-9a-fA-F_]*))?(?:[pP]([+-]?[0-9_]+))?$/.exec(text);
  if (hex) return hexFloat(hex[1] ?? "", hex[2] ?? "", hex[3] ?? "", hex[4]);
  if (!/^[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?$/.test(text))
    return undefined;
  return Number(text.replaceAll("_", ""));
}

function hexFloat(sign: string, whole: string, fraction: string, exponent: string | undefined): number | undefined {
  const digits = (whole + fraction).replaceAll("_", "");
  if (digits === "" || digits.length > 200 || (fraction !== "" && exponent === undefined)) return undefined;
  const scale = Number(exponent?.replaceAll("_", "") ?? 0) - 4 * fraction.replaceAll("_", "").length;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** scale;
  return sign === "-" ? -value : value;
}
