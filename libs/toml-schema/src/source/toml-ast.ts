import { parseTOML, type AST } from "toml-eslint-parser";
import type { Path, Span } from "./position.ts";

/** Where a key and its value stand in the source. `string` is there for string values. */
export type Place = { key?: Span; value?: Span; string?: { start: number; end: number; style: "basic" | "literal"; multiline: boolean } };

export const pathKey = (path: Path): string => path.join("\u0000");

/** The places of all keys, tables and values of a TOML text, by path. Empty where the text does not parse. */
export function indexPlaces(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text);
  } catch {
    return places;
  }
  for (const node of program.body[0].body) {
    if (node.type === "TOMLTable") {
      addKeys(places, node.key, node.resolvedKey);
      for (const pair of node.body) addPair(places, node.resolvedKey, pair);
    } else addPair(places, [], node);
  }
  return places;
}

/** A table header stands for the table at its path and, where nothing came before, for those it opens on the way. */
function addKeys(places: Map<string, Place>, key: AST.TOMLKey, resolved: Path): void {
  const span = spanOf(key);
  let named = 0;
  for (let length = 1; length <= resolved.length; length++) {
    const path = resolved.slice(0, length);
    const last = length === resolved.length;
    const part = typeof path[length - 1] === "string" ? key.keys[named++] : undefined;
    const id = pathKey(path);
    if (last || !places.has(id)) places.set(id, { key: last ? span : spanOf(part ?? key) });
  }
}

function addPair(places: Map<string, Place>, base: Path, pair: AST.TOMLKeyValue): void {
  const path = [...base];
  for (const [index, key] of pair.key.keys.entries()) {
    path.push(key.type === "TOMLBare" ? key.name : key.value);
    const id = pathKey(path);
    if (index < pair.key.keys.length - 1 && !places.has(id)) places.set(id, { key: spanOf(key) });
    if (index === pair.key.keys.length - 1) places.set(id, { ...places.get(id), key: spanOf(key) });
  }
  addValue(places, path, pair.value);
}

function addValue(places: Map<string, Place>, path: Path, node: AST.TOMLContentNode): void {
  const id = pathKey(path);
  const place: Place = { ...places.get(id), value: spanOf(node) };
  if (node.type === "TOMLValue" && node.kind === "string") {
    place.string = { start: node.range[0], end: node.range[1], style: node.style, multiline: node.multiline };
  }
  places.set(id, place);
  if (node.type === "TOMLArray") for (const [index, element] of node.elements.entries()) addValue(places, [...path, index], element);
  if (node.type === "TOMLInlineTable") for (const pair of node.body) addPair(places, path, pair);
}

function spanOf(node: { loc: AST.SourceLocation }): Span {
  const { start, end } = node.loc;
  return { line: start.line, column: start.column + 1, endLine: end.line, endColumn: end.column + 1 };
}
