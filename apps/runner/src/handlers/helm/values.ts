import { canonicalJson } from "@berth/kit/digest";
import { isScalar, parseAllDocuments } from "yaml";
import { kubernetesYaml } from "../../cluster/kubernetes-yaml.ts";
import { JobFailure } from "../handler.ts";
import { keyOf, setValue, type Path } from "./strvals.ts";

type Tree = { [key: string]: unknown };

/** The values of a release. */
export type Values = {
  /** JSON, the same for the same values. */
  text: string;
  /**
   * The whole numbers that `set` has given. From a file Helm takes every number as a float, and prints a long one, an account's number for one, as `1.2e+11`.
   */
  wholes: { key: string; value: string }[];
};

/** Deeper places than these Helm's `--set` refuses. */
const deepestSet = 30;

/**
 * One values document out of many, as Helm would read them: files in order, then dotted keys, then the install's own documents, which win. Maps are merged,
 * lists replaced; a `null` stays, and takes the chart's default away.
 * @throws JobFailure `spec_invalid` that names the document or key
 */
export function mergeValues(input: {
  valuesFiles: readonly string[];
  set: Readonly<Record<string, string>>;
  overrides: readonly string[];
}): Values {
  let tree: Tree = {};
  for (const [index, text] of input.valuesFiles.entries()) tree = merge(tree, read(text, `values file ${index + 1}`));
  for (const [key, value] of Object.entries(input.set)) setValue(tree, key, value);
  for (const [index, text] of input.overrides.entries()) tree = merge(tree, read(text, `the install's own values ${index + 1}`));
  const wholes: Values["wholes"] = [];
  return { text: canonicalJson(withoutWholes(tree, [], wholes)), wholes };
}

function merge(base: Tree, over: Tree): Tree {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    merged.set(key, isTree(before) && isTree(value) ? merge(before, value) : value);
  }
  return Object.fromEntries(merged);
}

function read(text: string, what: string): Tree {
  const refuse = (why: string): JobFailure => new JobFailure("spec_invalid", `${what} can't be read: ${why}`);
  const parsed = parseAllDocuments(text, kubernetesYaml);
  const documents = (Array.isArray(parsed) ? parsed : []).filter(
    ({ contents, errors }) => errors.length > 0 || !(contents === null || (isScalar(contents) && contents.value === null)),
  );
  const [document, another] = documents;
  if (another) throw refuse("it has more than one document, and Helm would only see the first");
  const [error] = document?.errors ?? [];
  if (error) throw refuse(error.message);
  let value: unknown;
  try {
    value = document?.toJS({ maxAliasCount: 1000 });
  } catch (problem) {
    throw refuse((problem as Error).message);
  }
  if (value === null || value === undefined) return {};
  if (!isTree(value)) throw refuse("it is no map of values");
  return value;
}

/** The tree without big integers, which `set` alone makes; their places go into `found`. */
function withoutWholes(value: unknown, path: Path, found: Values["wholes"]): unknown {
  if (typeof value === "bigint") {
    if (path.length <= deepestSet) found.push({ key: keyOf(path), value: String(value) });
    const number = Number(value);
    // As text it is whole at least, where JSON's readers would round it.
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => withoutWholes(item, [...path, index], found));
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutWholes(inner, [...path, key], found)]));
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
