import { isTree, type Tree } from "../tree.ts";
import { emptySet, type FieldSet } from "./field-set.ts";

/** As it stands in `managedFields[].fieldsV1`. */
export function encodeFields(set: FieldSet): Tree {
  const out: Tree = {};
  if (set.self && set.children.size > 0) out["."] = {};
  for (const element of [...set.children.keys()].sort()) out[element] = encodeFields(set.children.get(element) ?? emptySet);
  return out;
}

/** The reverse; a leaf is owned itself. */
export function decodeFields(fields: unknown): FieldSet {
  if (!isTree(fields)) return emptySet;
  const entries = Object.entries(fields).filter(([element]) => element !== ".");
  const children = new Map(entries.map(([element, child]) => [element, decodeChild(child)]));
  return { self: "." in fields, children };
}

function decodeChild(fields: unknown): FieldSet {
  const set = decodeFields(fields);
  return set.children.size === 0 ? { ...set, self: true } : set;
}
