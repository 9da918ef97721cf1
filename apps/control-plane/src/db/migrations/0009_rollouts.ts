import { sql, type Kysely } from "kysely";

/** One release over many installs, in rings; and why a workflow did not wait for its install's maintenance window. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table rollouts (
      id text primary key,
      org_id text not null references orgs(id),
      app_id text not null references apps(id),
      app_config_id text not null references app_configs(id),
      state text not null,
      rings jsonb not null,
      approve_all boolean not null default false,
      approved_rings integer[] not null default '{}',
      why text,
      created_by text not null,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    )`.execute(db);
  await sql`create index rollouts_org on rollouts(org_id, created_at, id)`.execute(db);
  await sql`create index rollouts_running on rollouts(id) where state = 'running'`.execute(db);
  await sql`
    create table rollout_installs (
      rollout_id text not null references rollouts(id),
      install_id text not null references installs(id),
      org_id text not null references orgs(id),
      ring integer not null,
      state text not null,
      workflow_id text references workflows(id),
      previous_config_id text references app_configs(id),
      note text,
      started_at timestamptz,
      finished_at timestamptz,
      primary key (rollout_id, install_id)
    )`.execute(db);
  await sql`alter table workflows add column window_override text`.execute(db);
}
