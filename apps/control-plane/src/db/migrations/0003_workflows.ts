import { sql, type Kysely } from "kysely";

/** Which build a step's job used, the environment a run was asked to have, and indexes for the questions that workflows ask. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table steps add column build_id text references builds(id)`.execute(db);
  await sql`alter table action_runs add column env_enc bytea`.execute(db);
  await sql`create index action_runs_step on action_runs(step_id)`.execute(db);
  await sql`create index approvals_workflow on approvals(workflow_id)`.execute(db);
  await sql`create index workflows_lane on workflows(install_id, created_at) where state in ('queued', 'running', 'awaiting_approval')`.execute(
    db,
  );
  await sql`create index jobs_writers on jobs(install_id) where writes_target and state in ('queued', 'assigned', 'running', 'lost')`.execute(
    db,
  );
}
