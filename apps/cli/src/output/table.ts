import { stripVTControlCharacters } from "node:util";

/** A column: its title, the text of a cell, and whether it may be cut when the terminal is narrow. */
export type Column<T> = { title: string; cell: (item: T) => string; cut?: boolean };

const gap = "  ";
const narrowest = 8;

/**
 * Rows aligned under their titles. Cells may carry colours.
 * @param input.width columns of the terminal: columns that may be cut share what is too much; undefined cuts nothing
 */
export function renderTable<T>(input: {
  columns: readonly Column<T>[];
  items: readonly T[];
  width: number | undefined;
  dim: (text: string) => string;
}): string {
  const cells = input.items.map((item) => input.columns.map((column) => column.cell(item).replaceAll("\n", " ")));
  const wanted = input.columns.map((column, index) => Math.max(column.title.length, ...cells.map((row) => lengthOf(row[index]!))));
  const widths = fit(wanted, input.columns, input.width);
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => pad(cutTo(text, widths[index]!), widths[index]!))
      .join(gap)
      .trimEnd();
  return [input.dim(line(input.columns.map((column) => column.title))), ...cells.map((row) => line(row))]
    .map((text) => `${text}\n`)
    .join("");
}

function fit(wanted: readonly number[], columns: readonly { cut?: boolean }[], width: number | undefined): number[] {
  const widths = [...wanted];
  if (width === undefined) return widths;
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    // The widest of those that may be cut gives up one column at a time, so that no one column pays for all.
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      if (column.cut && widths[index]! > narrowest && (widest < 0 || widths[index]! > widths[widest]!)) widest = index;
    }
    if (widest < 0) return widths;
    widths[widest]!--;
  }
  return widths;
}

function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - lengthOf(text)));
}

/** A cut cell loses its colours: half a colour sequence would run on. */
function cutTo(text: string, width: number): string {
  if (lengthOf(text) <= width) return text;
  return `${stripVTControlCharacters(text).slice(0, width - 1)}…`;
}
