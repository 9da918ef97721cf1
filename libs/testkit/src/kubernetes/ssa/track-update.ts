import type { Shape } from "../schema/shape.ts";
import type { Tree } from "../tree.ts";
import { compare } from "./compare.ts";
import { difference, emptySet, union } from "./field-set.ts";
import { isSameManager, type Manager, type Ownership } from "./managed-fields.ts";
import { ownedPart } from "./owned-part.ts";

/** A plain write: what it changes is the writer's from now on, what it removes is nobody's. */
export function trackUpdate(input: {
  before: Tree | undefined;
  after: Tree;
  shape: Shape;
  writer: Manager;
  ownerships: readonly Ownership[];
}): Ownership[] {
  const { changed, removed } = compare(input.before ? ownedPart(input.before) : {}, ownedPart(input.after), input.shape);
  const mine = input.ownerships.find((entry) => isSameManager(entry, input.writer));
  const others = input.ownerships
    .filter((entry) => entry !== mine)
    .map((entry) => ({ ...entry, set: difference(difference(entry.set, changed), removed) }));
  const set = difference(union(mine?.set ?? emptySet, changed), removed);
  return [...others, { ...input.writer, set }];
}
