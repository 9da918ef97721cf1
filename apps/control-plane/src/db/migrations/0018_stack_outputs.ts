import { sql, type Kysely } from "kysely";

/** What the stack in the customer's account, which the runner came with, has put out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installs add column stack_outputs jsonb not null default '{}'`.execute(db);
}
