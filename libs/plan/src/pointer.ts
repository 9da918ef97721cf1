/** A place in a JSON value: the keys and indexes that lead there. */
export type Path = readonly string[];

/** The JSON pointer (RFC 6901) of a path. */
export function pointerOf(path: Path): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The path of a JSON pointer. */
export function pathOf(pointer: string): string[] {
  return pointer === ""
    ? []
    : pointer
        .slice(1)
        .split("/")
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a path, or undefined where there is none. Own members only. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, part)) return undefined;
    here = (here as Record<string, unknown>)[part];
  }
  return here;
}

/** A copy with another value at a path that is there; everything else is shared with the original. */
export function withValueAt(value: unknown, path: Path, put: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return put;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, first)) return value;
  const inner = withValueAt((value as Record<string, unknown>)[first], rest, put);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === first ? inner : item));
  return { ...value, [first]: inner };
}

/** The paths at which a tree of marks, as Terraform writes them, is `true`. */
export function markedPaths(marks: unknown, path: Path = []): Path[] {
  if (marks === true) return [path];
  if (typeof marks !== "object" || marks === null) return [];
  return Object.entries(marks).flatMap(([key, inner]) => markedPaths(inner, [...path, key]));
}
