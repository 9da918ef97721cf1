import { sql, type Kysely } from "kysely";

/** Settings of installs, votes on approvals, retries that wait, what workflows touch, and tokens of customers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installs add column settings jsonb not null default '{}'`.execute(db);
  await sql`alter table approvals add column expires_at timestamptz, add column policies jsonb`.execute(db);
  await sql`
    create table approval_votes (
      approval_id text not null references approvals(id),
      org_id text not null references orgs(id),
      actor text not null,
      side text not null,
      decision text not null,
      digest text not null,
      voted_from text,
      note text,
      at timestamptz not null default now(),
      primary key (approval_id, actor)
    )`.execute(db);
  await sql`create index approvals_expiring on approvals(expires_at) where state = 'pending'`.execute(db);
  await sql`alter table steps add column auto_retries integer not null default 0, add column not_before timestamptz`.execute(db);
  await sql`alter table workflows add column writes text[], add column reads text[]`.execute(db);
  await sql`alter table jobs add column priority integer not null default 0`.execute(db);
  await sql`alter table api_tokens add column install_id text references installs(id)`.execute(db);
}
