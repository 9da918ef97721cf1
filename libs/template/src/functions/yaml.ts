import { YAMLParseError, parseDocument, stringify } from "yaml";
import { Failure } from "../errors.ts";
import { formatValue } from "../format/format-value.ts";
import { isDict, isFloat, isInt, itemOf, newDict, numberOf, ownValue, sortedKeys } from "../value.ts";
import { fn } from "./define.ts";
import type { Call, FunctionTable } from "./define.ts";
import type { Value } from "../value.ts";

type Plain = null | boolean | number | bigint | string | Plain[] | { [key: string]: Plain };

/** The value without tagged numbers and times, every part counted against the limits. */
function plain(call: Call, value: Value): Plain {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") {
    call.budget.reserve(value.length);
    return value;
  }
  if (isInt(value)) return value;
  if (isFloat(value)) return numberOf(value);
  if (!Array.isArray(value) && !isDict(value)) return formatValue(call, value);
  call.budget.enter();
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  // A scalar costs the emitter about as much as 64 steps; each level of depth indents all lines below.
  call.budget.reserve(size * 64);
  const result = Array.isArray(value)
    ? value.map((_, index) => plain(call, itemOf(value, index)))
    : Object.fromEntries(sortedKeys(value, call.budget).map((key) => [key, plain(call, ownValue(value, key) ?? null)]));
  call.budget.leave();
  return result;
}

/** Block style, keys in order, no trailing line break. Strings that an older YAML reader would take for something else are quoted. */
function encode(call: Call, value: Value): string {
  const data = plain(call, value);
  return stringify(data, { version: "1.1", aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0 }).replace(/\n$/, "");
}

/** Reads one YAML document. @throws Failure which says where, never what, as the text may be secret */
function decode(call: Call, text: string): Value {
  // The worst YAML costs some 20 microseconds per character to read.
  call.budget.reserve(text.length);
  call.budget.step(text.length * 20);
  try {
    const document = parseDocument(text, { merge: true, logLevel: "silent", prettyErrors: true });
    const [error] = document.errors;
    if (error) throw error;
    return adopt(call, document.toJS({ maxAliasCount: 1000 }));
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const line = error.linePos?.[0].line;
      throw new Failure("invalid_value", `The text is not YAML${line === undefined ? "" : `: line ${line} of it goes wrong`}.`);
    }
    if (error instanceof ReferenceError)
      throw new Failure("invalid_value", "The YAML repeats its aliases too often, or uses one that it does not define.");
    throw error;
  }
}

/** Makes maps without prototypes, and nil of what JSON lacks. Aliases may have made far more of the text than it is long. */
function adopt(call: Call, value: unknown): Value {
  call.budget.reserve(1);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value !== "object" || value === null) return null;
  call.budget.enter();
  const result = Array.isArray(value)
    ? value.map((item) => adopt(call, item))
    : newDict(Object.entries(value).map(([key, item]) => [key, adopt(call, item)] as const));
  call.budget.leave();
  return result;
}

export const yamlFunctions: FunctionTable = {
  toYaml: fn(["any"], encode),
  mustToYaml: fn(["any"], encode),
  fromYaml: fn(["string"], decode),
  mustFromYaml: fn(["string"], decode),
};
