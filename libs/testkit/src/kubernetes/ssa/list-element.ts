import { keyDefault, type Shape } from "../schema/shape.ts";
import { canonical, isTree } from "../tree.ts";

/** How a list's item is named in a path, or undefined where the list is taken as a whole. */
export function elementOf(item: unknown, shape: Shape): string | undefined {
  if (shape.type !== "list" || shape.by === "atomic") return undefined;
  if (shape.by === "set") return `v:${canonical(item)}`;
  const values = isTree(item) ? item : {};
  return `k:${canonical(Object.fromEntries(shape.keys.map((key) => [key, values[key] ?? keyDefault(key) ?? null])))}`;
}

/** Whether a list of this shape is merged item by item. */
export function isMergedList(shape: Shape): boolean {
  return shape.type === "list" && shape.by !== "atomic";
}
