/** A JSON object whose fields are looked at one by one. */
export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of field names, or undefined. */
export function at(value: unknown, ...path: string[]): unknown {
  let here = value;
  for (const name of path) {
    if (!isTree(here)) return undefined;
    here = here[name];
  }
  return here;
}

export function treeAt(value: unknown, ...path: string[]): Tree {
  const found = at(value, ...path);
  return isTree(found) ? found : {};
}

export function treesAt(value: unknown, ...path: string[]): Tree[] {
  return listAt(value, ...path).filter((item) => isTree(item));
}

export function listAt(value: unknown, ...path: string[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, ...path: string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** Sets a value at a path, making the objects on the way. */
export function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let here = tree;
  for (const name of path.slice(0, -1)) {
    const next = here[name];
    if (isTree(next)) here = next;
    else here = here[name] = {} as Tree;
  }
  const last = path.at(-1);
  if (last !== undefined) here[last] = value;
}

/** Sets what is not set yet. */
export function setDefault(tree: Tree, name: string, value: unknown): void {
  if (tree[name] === undefined) tree[name] = value;
}

/** JSON with sorted keys: equal text, equal value. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(",")}]`;
  if (!isTree(value)) return JSON.stringify(value) ?? "null";
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

export function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}
