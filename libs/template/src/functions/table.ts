import { nearest } from "../nearest.ts";
import { builtins } from "./builtins.ts";
import { compareFunctions } from "./compare.ts";
import { dateFunctions } from "./dates.ts";
import { defaultFunctions } from "./defaults.ts";
import { dictFunctions } from "./dicts.ts";
import { encodingFunctions } from "./encoding.ts";
import { hashFunctions } from "./hashes.ts";
import { jsonFunctions } from "./json.ts";
import { listFunctions } from "./lists.ts";
import { mathFunctions } from "./math.ts";
import { pathFunctions } from "./paths.ts";
import { randomFunctions } from "./random.ts";
import { refusals, strangers } from "./refused.ts";
import { regexFunctions } from "./regex.ts";
import { semverFunctions } from "./semver.ts";
import { stringListFunctions } from "./string-lists.ts";
import { stringFunctions } from "./strings.ts";
import { typeFunctions } from "./types.ts";
import { urlFunctions } from "./urls.ts";
import { yamlFunctions } from "./yaml.ts";
import type { TemplateFunction } from "./define.ts";

const tables = [
  builtins,
  compareFunctions,
  dateFunctions,
  defaultFunctions,
  dictFunctions,
  encodingFunctions,
  hashFunctions,
  jsonFunctions,
  listFunctions,
  mathFunctions,
  pathFunctions,
  randomFunctions,
  regexFunctions,
  semverFunctions,
  stringFunctions,
  stringListFunctions,
  typeFunctions,
  urlFunctions,
  yamlFunctions,
];

const functions: ReadonlyMap<string, TemplateFunction> = new Map(tables.flatMap((table) => Object.entries(table)));

/** The function of this name. */
export function lookup(name: string): TemplateFunction | undefined {
  return functions.get(name);
}

/** The names of all functions. */
export function functionNames(): Iterable<string> {
  return functions.keys();
}

/** Why a function that other engines have is refused here; undefined for all others. */
export function refusal(name: string): string | undefined {
  return Object.hasOwn(refusals, name) ? refusals[name] : undefined;
}

/** A sentence that helps who wrote a name that does not exist; "" where nothing comes to mind. */
export function suggest(name: string): string {
  if (Object.hasOwn(strangers, name)) return strangers[name] ?? "";
  const guess = nearest(name, functions.keys());
  return guess === undefined ? "" : ` Did you mean ${guess}?`;
}
