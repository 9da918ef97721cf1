import { sql, type Kysely } from "kysely";

/** Components that are turned on or off per install, and the values that a runbook's run was given. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table install_toggles (
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      component text not null,
      enabled boolean not null,
      changed_by text not null,
      changed_at timestamptz not null default now(),
      primary key (install_id, component)
    )`.execute(db);
  await sql`alter table workflows add column inputs_enc bytea`.execute(db);
}
