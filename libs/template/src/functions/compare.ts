import { Failure } from "../errors.ts";
import { Complex, Time, compareStrings, isFloat, isInt, numberOf, wordFor } from "../value.ts";
import { variadic, fn } from "./define.ts";
import type { FunctionTable } from "./define.ts";
import type { Float, Value } from "../value.ts";

type Kind = "bool" | "string" | "number" | "complex" | "time" | "nil" | "other";

function kindOf(value: Value): Kind {
  if (value === null) return "nil";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (isInt(value) || isFloat(value)) return "number";
  if (value instanceof Complex) return "complex";
  return value instanceof Time ? "time" : "other";
}

/** Whether two values are equal as `eq` sees it. Only nil compares with what is of another kind. @throws Failure `not_comparable` */
export function areEqual(name: string, a: Value, b: Value): boolean {
  const kind = kindOf(a);
  const other = kindOf(b);
  if (kind === "nil" || other === "nil") return kind === other;
  if (kind !== other) throw new Failure("not_comparable", `${name} cannot compare ${wordFor(a)} with ${wordFor(b)}.${hint(a, b)}`);
  if (kind === "other")
    throw new Failure("not_comparable", `${name} cannot compare ${wordFor(a)}: lists and maps can be compared with deepEqual.`);
  if (kind === "number") return compareNumbers(a as Numeric, b as Numeric) === 0;
  if (a instanceof Complex && b instanceof Complex) return a.re === b.re && a.im === b.im;
  return a instanceof Time && b instanceof Time ? a.ms === b.ms : a === b;
}

function hint(a: Value, b: Value): string {
  if (typeof a === "string" || typeof b === "string") return " Convert one of them, for example with toString or int.";
  return "";
}

type Numeric = number | bigint | Float;

/** Negative, 0 or positive; NaN where one is no number. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  if (typeof a === "bigint" || typeof b === "bigint") {
    const x = typeof a === "bigint" ? a : numberOf(a);
    const y = typeof b === "bigint" ? b : numberOf(b);
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : Number.NaN;
  }
  return numberOf(a) - numberOf(b);
}

/** Negative, 0 or positive. @throws Failure `not_comparable` */
function order(name: string, a: Value, b: Value): number {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) throw new Failure("not_comparable", `${name} cannot compare ${wordFor(a)} with ${wordFor(b)}.${hint(a, b)}`);
  if (kind === "string") return compareStrings(a as string, b as string);
  if (kind === "number") return compareNumbers(a as Numeric, b as Numeric);
  throw new Failure("not_comparable", `${name} cannot order ${wordFor(a)}: only numbers and strings have an order.`);
}

export const compareFunctions: FunctionTable = {
  eq: variadic(["any", "any"], "any", (_, [first, second], rest) => [second, ...rest].some((other) => areEqual("eq", first, other))),
  ne: fn(["any", "any"], (_, a, b) => !areEqual("ne", a, b)),
  lt: fn(["any", "any"], (_, a, b) => order("lt", a, b) < 0),
  le: fn(["any", "any"], (_, a, b) => order("le", a, b) <= 0),
  gt: fn(["any", "any"], (_, a, b) => order("gt", a, b) > 0),
  ge: fn(["any", "any"], (_, a, b) => order("ge", a, b) >= 0),
};
