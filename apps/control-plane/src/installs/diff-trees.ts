import { isDeepStrictEqual } from "node:util";
import { pointerOf } from "@berth/plan/pointer";

/** One difference between two trees: a JSON pointer, and what was and is there; absent where there was or is nothing. */
export type TreeDifference = { path: string; before?: unknown; after?: unknown };

/** What changed from one tree to another, deepest values first told, in the order of their paths. Lists are compared as wholes. Pure. */
export function diffTrees(before: unknown, after: unknown, path: readonly string[] = []): TreeDifference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isTree(before) || !isTree(after)) {
    return [{ path: pointerOf(path), ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key) => diffTrees(own(before, key), own(after, key), [...path, key]));
}

function own(tree: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
