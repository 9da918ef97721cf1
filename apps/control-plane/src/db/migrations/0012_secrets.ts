import { sql, type Kysely } from "kysely";

/** What the runners tell of their installs' secrets: where each was found and what became of it, never its value. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table install_secrets (
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      name text not null,
      source text not null,
      address text,
      found boolean not null,
      problem text,
      change text,
      digest text,
      length integer,
      targets jsonb not null default '[]',
      workflow_id text not null,
      checked_at timestamptz not null,
      synced_at timestamptz,
      changed_at timestamptz,
      primary key (install_id, name)
    )`.execute(db);
}
