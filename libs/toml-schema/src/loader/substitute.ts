import type { Table } from "../source/table.ts";
import type { LoadedFile } from "./loaded-file.ts";

/** The table of a file with the contents of included files in their places; the parsed one is left as it is. */
export function substituteIncludes(file: LoadedFile): Table {
  if (file.included.size === 0) return file.raw;
  const copy: Table = structuredClone(file.raw);
  for (const [key, { text }] of file.included) {
    const path = key.split("\u0000");
    const last = path.pop() ?? "";
    let holder: unknown = copy;
    for (const part of path) if (isIndexable(holder)) holder = holder[part];
    if (isIndexable(holder)) holder[last] = text;
  }
  return copy;
}

function isIndexable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
