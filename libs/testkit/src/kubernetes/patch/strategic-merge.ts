import { fieldShape, isAtomic, itemShape, type Shape } from "../schema/shape.ts";
import { isTree, same, type Tree } from "../tree.ts";

/**
 * Applies a strategic merge patch: lists merge by the first key of their shape; the directives `$patch`, `$retainKeys`,
 * `$setElementOrder/<list>` and `$deleteFromPrimitiveList/<list>` are obeyed.
 */
export function strategicMerge(target: unknown, patch: Tree, shape: Shape): Tree {
  if (patch["$patch"] === "replace") return without(patch);
  if (patch["$patch"] === "delete") return {};
  let out: Tree = isTree(target) ? { ...target } : {};
  const retain = patch["$retainKeys"];
  if (Array.isArray(retain)) out = Object.fromEntries(Object.entries(out).filter(([name]) => retain.includes(name)));
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    const of = fieldShape(shape, name);
    if (value === null) delete out[name];
    else if (isTree(value)) out[name] = mergeTree(out[name], value, of);
    else if (Array.isArray(value)) out[name] = mergeList(out[name], value, of);
    else out[name] = value;
  }
  for (const [name, value] of Object.entries(patch)) {
    const [directive, field = ""] = name.split("/");
    const list = out[field];
    if (!Array.isArray(value) || !Array.isArray(list)) continue;
    if (directive === "$deleteFromPrimitiveList") out[field] = list.filter((item) => !value.some((gone) => same(gone, item)));
    if (directive === "$setElementOrder") out[field] = ordered(list, value, fieldShape(shape, field));
  }
  return out;
}

function mergeTree(target: unknown, patch: Tree, shape: Shape): Tree {
  // A map that is owned as a whole is merged all the same; a selector is too, and then found immutable.
  return strategicMerge(target, patch, shape.type === "struct" || shape.type === "map" || !isAtomic(shape) ? shape : { type: "any" });
}

function mergeKey(shape: Shape): string | undefined {
  return shape.type === "list" && shape.by === "keys" ? shape.keys[0] : undefined;
}

function mergeList(target: unknown, patch: unknown[], shape: Shape): unknown[] {
  const live = Array.isArray(target) ? (target as unknown[]) : [];
  if (shape.type === "list" && shape.by === "set") {
    return [...live, ...patch.filter((item) => !live.some((there) => same(there, item)))];
  }
  const key = mergeKey(shape);
  if (key === undefined) return patch.filter((item) => !isTree(item) || item["$patch"] === undefined);
  if (patch.some((item) => isTree(item) && item["$patch"] === "replace")) {
    return patch.filter((item) => isTree(item) && item["$patch"] === undefined);
  }
  let out = [...live];
  for (const item of patch) {
    if (!isTree(item)) continue;
    const isIt = (there: unknown): boolean => isTree(there) && same(there[key], item[key]);
    if (item["$patch"] === "delete") out = out.filter((there) => !isIt(there));
    else if (out.some(isIt)) out = out.map((there) => (isIt(there) ? strategicMerge(there, item, itemShape(shape)) : there));
    else out.push(strategicMerge({}, item, itemShape(shape)));
  }
  return out;
}

/** Listed items in the order that is asked for; the others keep their place relative to what stood before them. */
function ordered(list: unknown[], order: unknown[], shape: Shape): unknown[] {
  const key = mergeKey(shape);
  const nameOf = (item: unknown): unknown => (key !== undefined && isTree(item) ? item[key] : item);
  const rank = (item: unknown): number => order.findIndex((wanted) => same(nameOf(wanted), nameOf(item)));
  const listed = list.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  let next = 0;
  return list.map((item) => (rank(item) >= 0 ? listed[next++] : item));
}

function without(patch: Tree): Tree {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith("$")));
}
