import { sql, type Kysely } from "kysely";

/** When the probes of an install are due: one row per install whose config has any. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table probe_schedules (
      install_id text primary key references installs(id),
      org_id text not null references orgs(id),
      next_tick_at timestamptz not null,
      job_id text
    )`.execute(db);
  await sql`create index probe_schedules_due on probe_schedules(next_tick_at)`.execute(db);
}
