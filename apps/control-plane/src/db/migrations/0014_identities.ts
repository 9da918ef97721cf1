import { sql, type Kysely } from "kysely";

/** Who stands behind a token and a vote, every vote that an identity has given, and settings that hold for all installs of an org. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table api_tokens add column identity text`.execute(db);
  await sql`alter table orgs add column settings jsonb not null default '{}'`.execute(db);
  await sql`alter table approval_votes add column identity text, add column by_starter boolean not null default false`.execute(db);
  await sql`update approval_votes set identity = actor`.execute(db);
  await sql`alter table approval_votes alter column identity set not null, drop constraint approval_votes_pkey`.execute(db);
  await sql`alter table approval_votes add primary key (approval_id, actor, decision)`.execute(db);
}
