const name = String.raw`(?:\\.|[^\\.[\]])+`;
const part = String.raw`${name}(?:\[\d{1,5}\])*`;
const key = new RegExp(String.raw`^${part}(?:\.${part})*$`, "s");

/** The names and list places of a dotted key, as `helm --set` takes it: `a.b`, `a\.b` for a dot in a name, `a[0].b`. Undefined for a text that is none. */
export function pathOfKey(text: string): (string | number)[] | undefined {
  if (!key.test(text)) return undefined;
  const parts = text.match(new RegExp(String.raw`${name}|\[\d+\]`, "gs")) ?? [];
  const path = parts.map((each) => (each.startsWith("[") ? Number(each.slice(1, -1)) : each.replaceAll(/\\(.)/gs, "$1")));
  return path.includes("__proto__") ? undefined : path;
}

/** Whether a tree has something at a path, or something that is no map on the way there. */
export function isTaken(tree: unknown, path: readonly (string | number)[]): boolean {
  let here = tree;
  for (const each of path) {
    if (typeof here !== "object" || here === null || Array.isArray(here)) return true;
    if (!Object.hasOwn(here, each)) return false;
    here = (here as Record<string | number, unknown>)[each];
  }
  return true;
}
