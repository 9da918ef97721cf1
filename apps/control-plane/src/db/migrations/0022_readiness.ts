import { sql, type Kysely } from "kysely";

/**
 * What was measured without a link is marked, and every install that may have something standing is looked at from now on: a row of one whose config has nothing to look at goes
 * when it is due.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table component_health add column delivered_at timestamptz`.execute(db);
  await sql`alter table health_segments add column measured_offline boolean not null default false`.execute(db);
  await sql`
    insert into probe_schedules (install_id, org_id, next_tick_at)
    select id, org_id, now() + random() * interval '1 minute' from installs where state in ('provisioning', 'active', 'error')
    on conflict (install_id) do nothing`.execute(db);
}
