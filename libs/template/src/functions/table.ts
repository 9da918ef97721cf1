import { nearest } from "../nearest.ts";
import { builtins } from "./builtins.ts";
import { compareFunctions } from "./compare.ts";
import type { TemplateFunction } from "./define.ts";

const functions: ReadonlyMap<string, TemplateFunction> = new Map([builtins, compareFunctions].flatMap((table) => Object.entries(table)));

/** The function of this name. */
export function lookup(name: string): TemplateFunction | undefined {
  return functions.get(name);
}

/** The names of all functions. */
export function functionNames(): Iterable<string> {
  return functions.keys();
}

/** Why a function that other engines have is refused here; undefined for all others. */
export function refusal(_name: string): string | undefined {
  return undefined;
}

/** A sentence that helps who wrote a name that does not exist; "" where nothing comes to mind. */
export function suggest(name: string): string {
  const guess = nearest(name, functionNames());
  return guess === undefined ? "" : ` Did you mean ${guess}?`;
}
