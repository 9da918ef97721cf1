import { Failure } from "../errors.ts";
import { Time, isDict, isFloat, isInt, numberOf, wordFor } from "../value.ts";
import type { RE2JS } from "re2js";
import type { Budget } from "../limits.ts";
import type { Dict, Float, Value } from "../value.ts";

/** What a function may use besides its arguments. */
export type Call = {
  budget: Budget;
  now: Date;
  /** Regular expressions compiled so far. */
  patterns: Map<string, RE2JS>;
};

type ParamTypes = {
  any: Value;
  string: string;
  int: number;
  bool: boolean;
  list: Value[];
  dict: Dict;
  float: number;
  time: Time;
  numeric: number | bigint | Float;
};

export type Param = keyof ParamTypes;

type Args<P extends readonly Param[]> = { [K in keyof P]: P[K] extends Param ? ParamTypes[P[K]] : never };

/** A template function: what it takes (`rest` any number of times, after `params`), whether it changes a map it is given, and what it does. */
export type TemplateFunction = {
  params: readonly Param[];
  rest: Param | undefined;
  mutates: boolean;
  run: (call: Call, args: Value[]) => Value;
};

/** A table of functions by name. */
export type FunctionTable = Readonly<Record<string, TemplateFunction>>;

/** A function with these parameters. Its arguments are checked before it runs. */
export function fn<const P extends readonly Param[]>(params: P, run: (call: Call, ...args: Args<P>) => Value): TemplateFunction {
  const spread = run as (call: Call, ...args: Value[]) => Value;
  return { params, rest: undefined, mutates: false, run: (call, args) => spread(call, ...args) };
}

/** A function that takes any number of `rest` after its parameters. */
export function variadic<const P extends readonly Param[], R extends Param>(
  params: P,
  rest: R,
  run: (call: Call, args: Args<P>, rest: ParamTypes[R][]) => Value,
): TemplateFunction {
  const count = params.length;
  return {
    params,
    rest,
    mutates: false,
    run: (call, args) => run(call, args.slice(0, count) as Args<P>, args.slice(count) as ParamTypes[R][]),
  };
}

/** Marks a function that changes a map it is given; data of templates that use one is copied first. */
export function mutating(definition: TemplateFunction): TemplateFunction {
  return { ...definition, mutates: true };
}

/** Checks and converts one argument as Go's template engine does when it calls a typed function. @throws Failure `wrong_type` */
export function convert(value: Value, param: Param, where: () => string): Value {
  switch (param) {
    case "any":
      return value;
    case "string":
      if (typeof value === "string") return value;
      break;
    case "int":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      if (typeof value === "bigint") throw new Failure("out_of_range", `${where()} is too large.`);
      break;
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "list":
      if (Array.isArray(value)) return value;
      break;
    case "dict":
      if (isDict(value)) return value;
      break;
    case "float":
      if (isInt(value) || isFloat(value)) return numberOf(value);
      break;
    case "numeric":
      if (isInt(value) || isFloat(value)) return value;
      break;
    case "time":
      if (value instanceof Time) return value;
      break;
  }
  throw new Failure("wrong_type", `${where()} must be ${paramWords[param]}, not ${wordFor(value)}.`);
}

const paramWords: Readonly<Record<Param, string>> = {
  any: "a value",
  string: "a string",
  int: "an integer",
  bool: "a bool",
  list: "a list",
  dict: "a map",
  float: "a number",
  numeric: "a number",
  time: "a time",
};
