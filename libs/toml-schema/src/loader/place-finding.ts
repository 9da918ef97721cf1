import type { Finding } from "../checks/finding.ts";
import type { Diagnostic } from "../diagnostics.ts";
import { valueAt } from "../source/document.ts";
import { offsetAt, positionAt } from "../source/position.ts";
import { pathKey } from "../source/toml-ast.ts";
import { documentPath } from "./loaded-file.ts";
import type { Origins } from "./origins.ts";
import { rawPath } from "./raw-path.ts";

/** Turns a place in the config into a place in the file that it was written in. */
export function placeFinding(config: unknown, origins: Origins, finding: Finding): Diagnostic {
  const { path: _path, at, part, ...problem } = finding;
  const origin = findOrigin(config, origins, finding);
  if (!origin) return { ...problem, file: ".", line: 1, column: 1 };
  const { file, rest } = origin;
  const raw = [...origin.path, ...rawPath(valueAt(file.raw, origin.path), rest)];
  const included = file.included.get(pathKey(raw));
  if (included && at) {
    const start = positionAt(included.text, offsetAt(included.text, at.line, at.column));
    return { ...problem, file: included.file, ...start, ...endOf(start, at.length) };
  }
  const inDocument = documentPath(file, raw);
  if (at && !included) {
    const start = file.doc.locateInString(inDocument, at.line, at.column);
    return { ...problem, file: file.doc.file, line: start.line, column: start.column, ...endOf(start, at.length) };
  }
  return { ...problem, file: file.doc.file, ...file.doc.locate(inDocument, part ?? "value") };
}

function endOf(start: { line: number; column: number }, length: number | undefined): { endLine?: number; endColumn?: number } {
  return length === undefined ? {} : { endLine: start.line, endColumn: start.column + length };
}

/** The innermost object on the way whose place is known, and what of the path lies below it. */
function findOrigin(config: unknown, origins: Origins, finding: Finding) {
  let value = config;
  let found:
    | { file: Parameters<typeof documentPath>[0]; path: readonly (string | number)[]; rest: readonly (string | number)[] }
    | undefined;
  for (let depth = 0; depth <= finding.path.length; depth++) {
    const origin = typeof value === "object" && value !== null ? origins.get(value) : undefined;
    if (origin) found = { ...origin, rest: finding.path.slice(depth) };
    const next = finding.path[depth];
    if (next !== undefined) value = valueAt(value, [next]);
  }
  return found;
}
