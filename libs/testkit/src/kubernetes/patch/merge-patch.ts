import { isTree, type Tree } from "../tree.ts";

/** Applies an RFC 7386 merge patch: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: Tree): Tree {
  const out: Tree = isTree(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else out[name] = isTree(value) ? mergePatch(out[name], value) : value;
  }
  return out;
}
