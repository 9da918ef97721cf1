import { sql, type Kysely } from "kysely";

/** What stands otherwise than it was deployed, and when it is looked at by itself. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table drifts (
      id text primary key,
      org_id text not null references orgs(id),
      install_id text not null references installs(id),
      target text not null,
      state text not null,
      kind text not null,
      plan_id text references plans(id),
      summary jsonb,
      workflow_id text references workflows(id),
      remediation_id text references workflows(id),
      remediation_problem text,
      detected_at timestamptz not null,
      checked_at timestamptz not null,
      cleared_at timestamptz,
      cleared_by text
    )`.execute(db);
  await sql`create unique index drifts_one_open on drifts(install_id, target) where state = 'open'`.execute(db);
  await sql`create index drifts_org on drifts(org_id, detected_at, id)`.execute(db);
  await sql`
    create table drift_schedules (
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      target text not null,
      cron text not null,
      next_tick_at timestamptz not null,
      held text,
      primary key (install_id, target)
    )`.execute(db);
  await sql`create index drift_schedules_due on drift_schedules(next_tick_at)`.execute(db);
}
