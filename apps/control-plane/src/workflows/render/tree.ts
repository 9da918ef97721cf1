/** A member of the state tree by its path; undefined where there is none. */
export function memberOf(tree: unknown, ...path: string[]): unknown {
  let here = tree;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** The same as text; undefined where it is no text or an empty one. */
export function textOf(tree: unknown, ...path: string[]): string | undefined {
  const value = memberOf(tree, ...path);
  return typeof value === "string" && value !== "" ? value : undefined;
}
