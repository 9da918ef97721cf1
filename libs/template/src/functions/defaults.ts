import { isTrue } from "../value.ts";
import { Failure } from "../errors.ts";
import { fn, variadic } from "./define.ts";
import type { FunctionTable } from "./define.ts";

/** What is empty is what is not true: nil, 0, false, and strings, lists and maps without content. */
export const defaultFunctions: FunctionTable = {
  default: variadic(["any"], "any", (call, [fallback], [given = null]) => (isTrue(given, call.budget) ? given : fallback)),
  empty: fn(["any"], (call, value) => !isTrue(value, call.budget)),
  coalesce: variadic([], "any", (call, _, values) => values.find((value) => isTrue(value, call.budget)) ?? null),
  all: variadic([], "any", (call, _, values) => values.every((value) => isTrue(value, call.budget))),
  any: variadic([], "any", (call, _, values) => values.some((value) => isTrue(value, call.budget))),
  ternary: fn(["any", "any", "bool"], (_, yes, no, condition) => (condition ? yes : no)),
  fail: fn(["string"], (_, message) => {
    throw new Failure("failed", message);
  }),
};
