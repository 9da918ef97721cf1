import { isTrue } from "../value.ts";
import { Failure } from "../errors.ts";
import { fn, variadic } from "./define.ts";
import type { FunctionTable } from "./define.ts";

/** What is empty is what is not true: nil, 0, false, and strings, lists and maps without content. */
export const defaultFunctions: FunctionTable = {
  default: variadic(["any"], "any", (_, [fallback], [given = null]) => (isTrue(given) ? given : fallback)),
  empty: fn(["any"], (_, value) => !isTrue(value)),
  coalesce: variadic([], "any", (_, __, values) => values.find(isTrue) ?? null),
  all: variadic([], "any", (_, __, values) => values.every(isTrue)),
  any: variadic([], "any", (_, __, values) => values.some(isTrue)),
  ternary: fn(["any", "any", "bool"], (_, yes, no, condition) => (condition ? yes : no)),
  fail: fn(["string"], (_, message) => {
    throw new Failure("failed", message);
  }),
};
