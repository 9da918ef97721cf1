/** A stretch of a source text. Lines and columns count from 1; `endColumn` is the first after it. */
export type Span = { line: number; column: number; endLine: number; endColumn: number };

/** A path into a TOML document: table keys and array indices. */
export type Path = readonly (string | number)[];

/** The position of an offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (;;) {
    const newline = text.indexOf("\n", start);
    if (newline === -1 || newline >= offset) return { line, column: offset - start + 1 };
    line++;
    start = newline + 1;
  }
}

/** The offset of a position in a text; the end of the line or of the text where the position lies beyond. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let current = 1; current < line; current++) {
    const newline = text.indexOf("\n", start);
    if (newline === -1) return text.length;
    start = newline + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + column - 1, end === -1 ? text.length : end);
}
