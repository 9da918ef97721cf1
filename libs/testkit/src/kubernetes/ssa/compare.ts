import { fieldShape, isAtomic, itemShape, type Shape } from "../schema/shape.ts";
import { isTree, same } from "../tree.ts";
import { difference, emptySet, type FieldSet } from "./field-set.ts";
import { elementOf, isMergedList } from "./list-element.ts";
import { setOf } from "./set-of.ts";

/** `changed`: added or with another value. `removed`: no longer there. */
export type Comparison = { changed: FieldSet; removed: FieldSet };

export function compare(before: unknown, after: unknown, shape: Shape): Comparison {
  if (isTree(before) && isTree(after) && !isAtomic(shape)) {
    return compareItems(named(before, shape), named(after, shape));
  }
  if (Array.isArray(before) && Array.isArray(after) && isMergedList(shape)) {
    return compareItems(keyed(before, shape), keyed(after, shape));
  }
  if (same(before, after)) return { changed: emptySet, removed: emptySet };
  const now = setOf(after, shape);
  return { changed: now, removed: difference(setOf(before, shape), now) };
}

type Item = { value: unknown; shape: Shape; self: boolean };

function named(tree: Record<string, unknown>, shape: Shape): Map<string, Item> {
  const entries = Object.entries(tree).filter(([, value]) => value !== undefined);
  return new Map(entries.map(([name, value]) => [`f:${name}`, { value, shape: fieldShape(shape, name), self: false }]));
}

function keyed(list: unknown[], shape: Shape): Map<string, Item> {
  return new Map(list.map((value) => [elementOf(value, shape) ?? "", { value, shape: itemShape(shape), self: true }]));
}

function compareItems(before: Map<string, Item>, after: Map<string, Item>): Comparison {
  const changed = new Map<string, FieldSet>();
  const removed = new Map<string, FieldSet>();
  for (const [element, item] of after) {
    const old = before.get(element);
    if (old) {
      const inner = compare(old.value, item.value, item.shape);
      if (inner.changed !== emptySet) changed.set(element, inner.changed);
      if (inner.removed !== emptySet) removed.set(element, inner.removed);
    } else changed.set(element, whole(item));
  }
  for (const [element, item] of before) if (!after.has(element)) removed.set(element, whole(item));
  return { changed: asSet(changed), removed: asSet(removed) };
}

function whole(item: Item): FieldSet {
  const set = setOf(item.value, item.shape);
  return item.self ? { ...set, self: true } : set;
}

function asSet(children: Map<string, FieldSet>): FieldSet {
  return children.size === 0 ? emptySet : { self: false, children };
}
