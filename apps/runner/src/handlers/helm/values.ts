import { canonicalJson } from "@berth/kit/digest";
import { parseDocument } from "yaml";
import { JobFailure } from "../handler.ts";
import { setValue } from "./strvals.ts";

type Tree = { [key: string]: unknown };

/**
 * One values document out of many, as Helm would read them: files in order, then dotted keys, then the install's own documents, which win. Maps are merged,
 * lists replaced; a `null` stays, and takes the chart's default away.
 * @returns JSON, the same for the same values
 * @throws JobFailure `spec_invalid` that names the document or key
 */
export function mergeValues(input: {
  valuesFiles: readonly string[];
  set: Readonly<Record<string, string>>;
  overrides: readonly string[];
}): string {
  let tree: Tree = {};
  for (const [index, text] of input.valuesFiles.entries()) tree = merge(tree, read(text, `values file ${index + 1}`));
  for (const [key, value] of Object.entries(input.set)) setValue(tree, key, value);
  for (const [index, text] of input.overrides.entries()) tree = merge(tree, read(text, `the install's own values ${index + 1}`));
  return canonicalJson(tree);
}

function merge(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined;
    merged[key] = isTree(before) && isTree(value) ? merge(before, value) : value;
  }
  return merged;
}

function read(text: string, what: string): Tree {
  const refuse = (why: string): JobFailure => new JobFailure("spec_invalid", `${what} can't be read: ${why}`);
  const document = parseDocument(text, { version: "1.1", merge: true });
  const [error] = document.errors;
  if (error) throw refuse(error.message);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1000 });
  } catch (problem) {
    throw refuse((problem as Error).message);
  }
  if (value === null || value === undefined) return {};
  if (!isTree(value)) throw refuse("it is no map of values");
  return value;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
