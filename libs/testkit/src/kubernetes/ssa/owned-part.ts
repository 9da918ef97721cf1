import { isTree, type Tree } from "../tree.ts";

const identity = ["apiVersion", "kind"];
const systemMeta = [
  "name",
  "namespace",
  "generateName",
  "uid",
  "creationTimestamp",
  "selfLink",
  "generation",
  "managedFields",
  "resourceVersion",
];
const deletionMeta = ["deletionTimestamp", "deletionGracePeriodSeconds"];

/** An object without what no manager owns: its identity and what the server keeps. */
export function ownedPart(object: Tree): Tree {
  const out = { ...object };
  for (const name of identity) delete out[name];
  if (isTree(out["metadata"])) {
    const metadata = { ...out["metadata"] };
    for (const name of [...systemMeta, ...deletionMeta]) delete metadata[name];
    if (Object.keys(metadata).length > 0) out["metadata"] = metadata;
    else delete out["metadata"];
  }
  return out;
}
