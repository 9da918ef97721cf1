import { AppError } from "@berth/kit/errors";

/** Where a page ended: the sort keys of its last row, in the order of the `order by`. */
export type CursorKeys = readonly (string | number)[];

/** An opaque cursor for the page that follows the row with these keys. */
export function encodeCursor(keys: CursorKeys): string {
  return Buffer.from(JSON.stringify(keys)).toString("base64url");
}

/**
 * The keys in a cursor, or undefined where there is none.
 * @param kinds what each key must be; `time` is an RFC 3339 text that was made from a Date
 * @throws AppError bad_request for anything that {@link encodeCursor} did not make of such keys
 */
export function decodeCursor<const Kinds extends readonly ("string" | "number" | "time")[]>(
  cursor: string | undefined,
  kinds: Kinds,
): { [K in keyof Kinds]: Kinds[K] extends "number" ? number : Kinds[K] extends "time" ? Date : string } | undefined {
  if (cursor === undefined) return undefined;
  const keys = parse(cursor);
  if (!Array.isArray(keys) || keys.length !== kinds.length) throw notACursor();
  const typed = kinds.map((kind, index) => {
    const key: unknown = keys[index];
    if (kind === "number" && Number.isSafeInteger(key)) return key;
    if (kind === "string" && typeof key === "string" && !key.includes("\0")) return key;
    if (kind === "time" && typeof key === "string" && !Number.isNaN(Date.parse(key))) return new Date(key);
    throw notACursor();
  });
  return typed as never;
}

/**
 * Makes a page of rows that were read with `limit + 1`: the surplus row only tells that there is a next page.
 * @param keysOf the keys of a row, a Date as its ISO text
 */
export function toPage<Row, Item>(input: {
  rows: readonly Row[];
  limit: number;
  keysOf: (row: Row) => CursorKeys;
  toItem: (row: Row) => Item;
}): { items: Item[]; next?: string } {
  const shown = input.rows.slice(0, input.limit);
  const last = shown.at(-1);
  const items = shown.map((row) => input.toItem(row));
  return input.rows.length > input.limit && last !== undefined ? { items, next: encodeCursor(input.keysOf(last)) } : { items };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw notACursor();
  }
}

function notACursor(): AppError {
  return new AppError("bad_request", "The cursor is not one that this list gave out. Start again without a cursor.");
}
