import type { Kind } from "../kinds/kind.ts";
import type { Document } from "../source/document.ts";
import type { Path } from "../source/position.ts";
import type { Table } from "../source/table.ts";
import type { Section } from "./sections.ts";

/** A value that names a file or an address, whose contents take its place. */
export type IncludeRequest = { path: Path; text: string };

/** What took the place of such a value. `file` is relative to the app directory, or an address. */
export type Included = { file: string; text: string };

/** One TOML file after it was checked against its schema. */
export type LoadedFile = {
  doc: Document;
  section: Section;
  kind: Kind;
  /** The table to use: that of the file, with the old nested form of components laid flat. */
  raw: Table;
  /** The key of the nested form, if the file has it. */
  nested?: string;
  /** Whether it fits its schema, so that it can be normalized. */
  valid: boolean;
  requests: IncludeRequest[];
  /** By `pathKey` of the place in `raw`. */
  included: Map<string, Included>;
};

/** The path in the document of a path in `raw`. */
export function documentPath(file: LoadedFile, path: Path): Path {
  const [first] = path;
  if (file.nested === undefined || first === undefined) return path;
  return typeof first === "string" && first in file.doc.value ? path : [file.nested, ...path];
}
