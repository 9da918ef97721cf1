import { sql, type Kysely } from "kysely";
import { registryTables } from "../../registry/tables.ts";

/** The embedded registry's own tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of registryTables.split(/;\s*\n/)) {
    if (statement.trim()) await sql.raw(statement).execute(db);
  }
}
