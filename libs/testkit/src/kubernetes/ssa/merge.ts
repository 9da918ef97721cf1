import { fieldShape, isAtomic, itemShape, type Shape } from "../schema/shape.ts";
import { isTree } from "../tree.ts";
import { elementOf, isMergedList } from "./list-element.ts";

/** What is applied laid over what is there: objects field by field, keyed lists item by item, everything else as a whole. */
export function merge(live: unknown, applied: unknown, shape: Shape): unknown {
  if (isTree(live) && isTree(applied) && !isAtomic(shape)) {
    const out = { ...live };
    for (const [name, value] of Object.entries(applied)) {
      out[name] = name in live ? merge(live[name], value, fieldShape(shape, name)) : value;
    }
    return out;
  }
  if (Array.isArray(live) && Array.isArray(applied) && isMergedList(shape)) return mergeLists(live, applied, shape);
  return applied;
}

/** Keeps the applied order, and what only the live list has in its place between. */
function mergeLists(live: unknown[], applied: unknown[], shape: Shape): unknown[] {
  const name = (item: unknown): string => elementOf(item, shape) ?? "";
  const wanted = new Set(applied.map(name));
  const there = new Map(live.map((item) => [name(item), item]));
  const done = new Set<string>();
  const out: unknown[] = [];
  let l = 0;
  let a = 0;
  while (l < live.length || a < applied.length) {
    const liveName = l < live.length ? name(live[l]) : undefined;
    if (liveName !== undefined && done.has(liveName)) l++;
    else if (liveName !== undefined && !wanted.has(liveName)) out.push(live[l++]);
    else {
      const item = applied[a++];
      const element = name(item);
      out.push(there.has(element) ? merge(there.get(element), item, itemShape(shape)) : item);
      done.add(element);
    }
  }
  return out;
}
