/** A TOML table as parsed, before it is known to be right. */
export type Table = Record<string, unknown>;

/** The value if it is a table. */
export function asTable(value: unknown): Table | undefined {
  return isTable(value) ? value : undefined;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
