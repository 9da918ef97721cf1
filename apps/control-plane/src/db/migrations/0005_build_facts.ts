import { sql, type Kysely } from "kysely";

/** What a build found out about what it made: a chart's version, the tag that an image had. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table builds add column facts jsonb`.execute(db);
}
