import { Complex, Float, Time, Version, isDict, isFloat, isInt, itemOf, numberOf, ownValue, sortedKeys, typeOf } from "../value.ts";
import { formatFloat } from "./format-float.ts";
import { formatNested, formatValue } from "./format-value.ts";
import { canBackquote, goQuote } from "./quote.ts";
import type { Budget } from "../limits.ts";
import type { Value } from "../value.ts";
import type { FloatVerb } from "./format-float.ts";
import type { Flags } from "./printf.ts";

type Budgeted = { budget: Budget };

/** One value under one verb. A verb that does not suit gives `%!verb(type=value)`. */
export function formatVerb(call: Budgeted, flags: Flags, verb: string, value: Value): string {
  if (flags.width > 0) call.budget.reserve(flags.width);
  if (flags.precision > 0) call.budget.reserve(flags.precision);
  if (value === null) return verb === "v" || verb === "T" ? pad({ ...flags, zero: false }, "<nil>") : `%!${verb}(<nil>)`;
  if (verb === "T") return formatString(flags, "s", typeOf(value)) ?? "";
  if (verb === "v" && flags.sharp) return goSyntax(call, { ...flags, plus: false }, value);
  // `%+v` asks for the names of a struct's fields, not for signs.
  return formatAny(call, verb === "v" ? { ...flags, plus: false } : flags, verb, value);
}

function formatAny(call: Budgeted, flags: Flags, verb: string, value: Value): string {
  const format = (item: Value): string => (item === null ? "<nil>" : formatAny(call, flags, verb, item));
  if (Array.isArray(value) || isDict(value)) return formatNested(call, value, format);
  const formatted = formatScalar(call, flags, verb, value);
  return formatted ?? `%!${verb}(${typeOf(value)}=${formatScalar(call, flags, "v", value) ?? ""})`;
}

function formatScalar(call: Budgeted, flags: Flags, verb: string, value: Value): string | undefined {
  if (typeof value === "string") return formatString(flags, verb, value);
  if (typeof value === "boolean") return verb === "t" || verb === "v" ? pad(flags, String(value)) : undefined;
  if (value instanceof Time || value instanceof Version) return formatString(flags, verb, formatValue(call, value));
  return formatNumber(call, flags, verb, value);
}

function formatNumber(call: Budgeted, flags: Flags, verb: string, value: Value): string | undefined {
  if (value instanceof Complex) {
    if (!/^[beEfFgGvxX]$/.test(verb)) return undefined;
    const re = formatAny(call, flags, verb, new Float(value.re));
    return `(${re}${formatAny(call, { ...flags, plus: true }, verb, new Float(value.im))}i)`;
  }
  if (isInt(value)) {
    // JSON does not tell 3 from 3.0: an integer is formatted as a float where a float is asked for.
    return /^[eEfFgG]$/.test(verb) ? formatReal(flags, verb, Number(value)) : formatInt(flags, verb, BigInt(value));
  }
  if (!isFloat(value)) return undefined;
  if (verb === "v" && typeof value === "number" && flags.precision < 0) return padNumber(flags, formatValue(call, value));
  return formatReal(flags, verb, numberOf(value));
}

function formatInt(flags: Flags, verb: string, value: bigint): string | undefined {
  const base = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }[verb];
  if (base !== undefined) {
    const negative = value < 0n;
    let digits = (negative ? -value : value).toString(base);
    if (verb === "X") digits = digits.toUpperCase();
    if (flags.precision === 0 && value === 0n) return " ".repeat(Math.max(flags.width, 0));
    const sign = negative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
    if (flags.precision >= 0) digits = digits.padStart(flags.precision, "0");
    else if (flags.zero && flags.width > 0) digits = digits.padStart(flags.width - sign.length, "0");
    if (flags.sharp) digits = prefixFor(verb, digits) + digits;
    if (verb === "O") digits = `0o${digits}`;
    return pad({ ...flags, zero: false }, sign + digits);
  }
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  const char = String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
  if (verb === "c") return pad(flags, char);
  if (verb === "q") return pad(flags, goQuote(char, flags.plus, "'"));
  if (verb !== "U") return undefined;
  const point = `U+${BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(Math.max(4, flags.precision), "0")}`;
  return pad({ ...flags, zero: false }, flags.sharp && goQuote(char, false, "'") === `'${char}'` ? `${point} '${char}'` : point);
}

function prefixFor(verb: string, digits: string): string {
  if (verb === "o") return digits.startsWith("0") ? "" : "0";
  return { b: "0b", x: "0x", X: "0X" }[verb] ?? "";
}

function formatReal(flags: Flags, verb: string, value: number): string | undefined {
  if (!/^[beEfFgGvxX]$/.test(verb)) return undefined;
  const lower = (verb === "v" ? "g" : verb.toLowerCase()) as FloatVerb;
  const precision = flags.precision >= 0 ? flags.precision : lower === "e" || lower === "f" ? 6 : -1;
  let text = formatFloat(value, lower, precision);
  if (flags.sharp && lower !== "b" && Number.isFinite(value)) text = keepPoint(text, lower, flags.precision);
  if (verb === "E" || verb === "G" || verb === "X")
    text = text.toUpperCase().replace("+INF", "+Inf").replace("-INF", "-Inf").replace("NAN", "NaN");
  return padNumber(flags, text);
}

/** `#` keeps the decimal point and, for `%g`, the zeros after it. */
function keepPoint(text: string, verb: FloatVerb, precision: number): string {
  const [, sign = "", mantissa = "", exponent = ""] = /^(-?)([0-9a-fx.]*?)([ep][+-]\d+)?$/.exec(text) ?? [];
  const pointed = mantissa.includes(".") ? mantissa : `${mantissa}.`;
  if (verb !== "g") return sign + pointed + exponent;
  const wanted = precision < 0 ? 6 : Math.max(precision, 1);
  const digits = pointed.replace(".", "").replace(/^0+/, "").length;
  return sign + pointed + "0".repeat(Math.max(wanted - Math.max(digits, /^0\.$/.test(pointed) ? 1 : 0), 0)) + exponent;
}

/** Pads a number: zeros go between the sign and the digits; infinities are padded with spaces. */
function padNumber(flags: Flags, text: string): string {
  const negative = text.startsWith("-");
  const bare = text.replace(/^[+-]/, "");
  const infinite = bare === "Inf" || bare === "NaN";
  const sign = negative ? "-" : flags.plus || text.startsWith("+Inf") ? (flags.plus || !flags.space ? "+" : " ") : flags.space ? " " : "";
  if (flags.zero && flags.width > 0 && !infinite) return sign + bare.padStart(flags.width - sign.length, "0");
  return pad({ ...flags, zero: false }, bare === "NaN" && !flags.plus && !flags.space ? bare : sign + bare);
}

function formatString(flags: Flags, verb: string, value: string): string | undefined {
  const cut = flags.precision >= 0 ? Array.from(value).slice(0, flags.precision).join("") : value;
  if (verb === "s" || verb === "v") return pad(flags, cut);
  if (verb === "q") return pad(flags, flags.sharp && canBackquote(cut) ? `\`${cut}\`` : goQuote(cut, flags.plus));
  if (verb !== "x" && verb !== "X") return undefined;
  const all = Buffer.from(value);
  const bytes = flags.precision >= 0 ? all.subarray(0, flags.precision) : all;
  const prefix = flags.sharp && bytes.length > 0 ? `0${verb}` : "";
  const pairs = (verb === "X" ? bytes.toString("hex").toUpperCase() : bytes.toString("hex")).match(/../g) ?? [];
  return pad(flags, flags.space ? pairs.map((pair) => prefix + pair).join(" ") : prefix + pairs.join(""));
}

/** `%#v`: the value as Go source. */
function goSyntax(call: Budgeted, flags: Flags, value: Value): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return pad(flags, goQuote(value));
  const plain = { ...flags, sharp: false };
  if (Array.isArray(value) || isDict(value)) {
    call.budget.enter();
    const items = Array.isArray(value)
      ? value.map((_, index) => goSyntax(call, flags, itemOf(value, index)))
      : sortedKeys(value, call.budget).map((key) => `${goQuote(key)}:${goSyntax(call, flags, ownValue(value, key) ?? null)}`);
    for (const item of items) call.budget.reserve(item.length);
    call.budget.leave();
    return `${typeOf(value)}{${items.join(", ")}}`;
  }
  return formatScalar(call, plain, "v", value) ?? "";
}

/** Pads to the width, counted in code points; with the zero flag, zeros on the left. */
function pad(flags: Flags, text: string): string {
  if (flags.width <= 0) return text;
  const missing = flags.width - countPoints(text);
  if (missing <= 0) return text;
  if (flags.minus) return text + " ".repeat(missing);
  return (flags.zero ? "0" : " ").repeat(missing) + text;
}

function countPoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
