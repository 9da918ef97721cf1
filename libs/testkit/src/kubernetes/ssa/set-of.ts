import { fieldShape, isAtomic, itemShape, type Shape } from "../schema/shape.ts";
import { isTree } from "../tree.ts";
import type { FieldSet } from "./field-set.ts";
import { elementOf, isMergedList } from "./list-element.ts";

const leaf: FieldSet = { self: true, children: new Map() };

/** The fields that a value holds: leaves, whole values, and the items of merged lists. */
export function setOf(value: unknown, shape: Shape): FieldSet {
  if (isTree(value) && !isAtomic(shape)) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    if (fields.length === 0) return leaf;
    return { self: false, children: new Map(fields.map(([name, field]) => [`f:${name}`, setOf(field, fieldShape(shape, name))])) };
  }
  if (Array.isArray(value) && isMergedList(shape) && value.length > 0) {
    const items = value.map((item): [string, FieldSet] => [
      elementOf(item, shape) ?? "",
      isTree(item) ? { ...setOf(item, itemShape(shape)), self: true } : leaf,
    ]);
    return { self: false, children: new Map(items) };
  }
  return leaf;
}
