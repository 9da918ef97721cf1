import { fieldShape, itemShape, type Shape } from "../schema/shape.ts";
import { isTree } from "../tree.ts";
import { emptySet, isEmpty, type FieldSet } from "./field-set.ts";
import { elementOf } from "./list-element.ts";

/** Takes away the fields of `drop`, except what `keep` still owns. Returns undefined where nothing is left. */
export function prune(value: unknown, shape: Shape, drop: FieldSet, keep: FieldSet): unknown {
  if (isTree(value)) {
    const out: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(value)) {
      const left = pruneChild(field, fieldShape(shape, name), drop.children.get(`f:${name}`), keep.children.get(`f:${name}`));
      if (left !== undefined) out[name] = left;
    }
    return Object.keys(out).length === 0 && Object.keys(value).length > 0 ? undefined : out;
  }
  if (Array.isArray(value)) {
    const out = value
      .map((item: unknown) => {
        const element = elementOf(item, shape) ?? "";
        return pruneChild(item, itemShape(shape), drop.children.get(element), keep.children.get(element));
      })
      .filter((item) => item !== undefined);
    return out.length === 0 && value.length > 0 ? undefined : out;
  }
  return value;
}

function pruneChild(value: unknown, shape: Shape, drop: FieldSet | undefined, keep: FieldSet = emptySet): unknown {
  if (!drop || isEmpty(drop)) return value;
  if (drop.self && isEmpty(keep)) return undefined;
  return prune(value, shape, drop, keep);
}
