import type { Shape } from "../schema/shape.ts";
import { isTree, type Tree } from "../tree.ts";
import { compare } from "./compare.ts";
import { difference, emptySet, intersection, isEmpty, paths, union } from "./field-set.ts";
import { isSameManager, type Manager, type Ownership } from "./managed-fields.ts";
import { merge } from "./merge.ts";
import { ownedPart } from "./owned-part.ts";
import { prune } from "./prune.ts";
import { setOf } from "./set-of.ts";

/** A field that another manager owns with another value. */
export type Conflict = { with: Ownership; path: string[] };

export type Applied = { object: Tree; ownerships: Ownership[] } | { conflicts: Conflict[] };

/**
 * Server-side apply: lays the applied fields over the live object and drops those that this manager applied before, no longer applies,
 * and nobody else owns. Fields of others with another value are conflicts, unless `force` takes them over.
 */
export function applyFields(input: {
  live: Tree;
  applied: Tree;
  shape: Shape;
  manager: Manager;
  ownerships: readonly Ownership[];
  force: boolean;
}): Applied {
  const { live, applied, shape, manager } = input;
  const merged = merge(live, applied, shape) as Tree;
  const { changed } = compare(ownedPart(live), ownedPart(merged), shape);
  const mine = input.ownerships.find((entry) => isSameManager(entry, manager));
  const others = input.ownerships.filter((entry) => entry !== mine);
  const conflicts = others.flatMap((entry) => paths(intersection(entry.set, changed)).map((path) => ({ with: entry, path })));
  if (conflicts.length > 0 && !input.force) return { conflicts };

  const kept = others.map((entry) => ({ ...entry, set: difference(entry.set, changed) }));
  const set = { ...setOf(ownedPart(applied), shape), self: false };
  const dropped = mine ? difference(mine.set, set) : emptySet;
  const keep = kept.reduce((all, entry) => union(all, entry.set), set);
  const pruned = isEmpty(dropped) ? merged : prune(merged, shape, dropped, keep);
  return { object: isTree(pruned) ? pruned : {}, ownerships: [...kept, { ...manager, set }] };
}
