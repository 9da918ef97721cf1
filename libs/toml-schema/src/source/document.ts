import { parse, TomlError } from "smol-toml";
import { asTable, type Table } from "./table.ts";
import type { Path, Span } from "./position.ts";
import { offsetAt, positionAt } from "./position.ts";
import { literalOffset } from "./string-offset.ts";
import { indexPlaces, pathKey, type Place } from "./toml-ast.ts";

/** A parsed TOML file that knows where everything in it stands. */
export type Document = {
  /** Relative to the app directory, with `/`. */
  file: string;
  text: string;
  value: Table;
  /** The span of a key, or of the value below it; of the nearest table around where the path itself does not exist. */
  locate(path: Path, part?: "key" | "value"): Span;
  /** The position of a line and column (from 1) within a string value. */
  locateInString(path: Path, line: number, column: number): { line: number; column: number };
};

/** A file that is no TOML: what is wrong and where. */
export type SyntaxProblem = { message: string; line: number; column: number };

/** Parses a TOML file. The places are looked up only when a problem asks for them. */
export function parseDocument(file: string, source: string): Document | SyntaxProblem {
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
  let value: Table;
  try {
    value = parse(text);
  } catch (error) {
    return syntaxProblem(error);
  }
  let places: ReadonlyMap<string, Place> | undefined;
  const placeOf = (path: Path) => (places ??= indexPlaces(text)).get(pathKey(path));
  const locate = (path: Path, part: "key" | "value" = "key"): Span => {
    for (let length = path.length; length > 0; length--) {
      const place = placeOf(path.slice(0, length));
      const span = part === "value" && length === path.length ? (place?.value ?? place?.key) : (place?.key ?? place?.value);
      if (span) return span;
    }
    return { line: 1, column: 1, endLine: 1, endColumn: 1 };
  };
  return {
    file,
    text,
    value,
    locate,
    locateInString(path, line, column) {
      const place = placeOf(path);
      const content = stringAt(value, path);
      if (!place?.string || content === undefined) return locate(path, "value");
      const { start, end, ...form } = place.string;
      return positionAt(text, start + literalOffset(text.slice(start, end), form, offsetAt(content, line, column)));
    },
  };
}

function stringAt(root: Table, path: Path): string | undefined {
  const value = valueAt(root, path);
  return typeof value === "string" ? value : undefined;
}

/** The value at a path of a parsed document. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) value = typeof part === "number" ? value[part] : undefined;
    else value = asTable(value)?.[part];
  }
  return value;
}

function syntaxProblem(error: unknown): SyntaxProblem {
  if (!(error instanceof TomlError)) return { message: error instanceof Error ? error.message : String(error), line: 1, column: 1 };
  const message = error.message.split("\n")[0] ?? "";
  return { message: message.replace(/^Invalid TOML document: /, ""), line: error.line, column: error.column };
}
