import { inflateRawSync } from "node:zlib";
import pg from "pg";

/** Every text and JSON column of the database, and the logs inflated, as one text. */
export async function allText(databaseUrl: string): Promise<string> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    const tables = await db.query<{ table_schema: string; table_name: string }>(
      "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    );
    let text = "";
    for (const table of tables.rows) {
      const rows = await db.query(`select * from "${table.table_schema}"."${table.table_name}"`);
      text += JSON.stringify(rows.rows, (_key, value: unknown) => (isBuffer(value) ? undefined : value));
      if (table.table_name === "log_chunks") {
        for (const row of rows.rows as { deflated: boolean; data: Buffer }[])
          text += (row.deflated ? inflateRawSync(row.data) : row.data).toString();
      }
    }
    return text;
  } finally {
    await db.end();
  }
}

function isBuffer(value: unknown): boolean {
  return Buffer.isBuffer(value) || (typeof value === "object" && value !== null && (value as { type?: string }).type === "Buffer");
}
