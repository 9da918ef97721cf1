import { sql, type Kysely } from "kysely";

/** What an install's operator sets over the config of its components, every version of it; and which version a plan was made with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // values_enc: null where nothing is set any more.
  await sql`
    create table component_overrides (
      id text primary key,
      org_id text not null references orgs(id),
      install_id text not null references installs(id),
      component text not null,
      version int not null,
      type text not null,
      values_enc bytea,
      created_by text not null,
      created_at timestamptz not null default now(),
      unique (install_id, component, version)
    )`.execute(db);
  await sql`alter table jobs add column overrides_version int`.execute(db);
}
