import { sql, type Kysely } from "kysely";

/** Which plan made what stands, so that a drift check plans exactly that again; and which check a schedule started last. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table install_targets add column plan_job_id text references jobs(id)`.execute(db);
  await sql`alter table drift_schedules add column last_check_id text references workflows(id)`.execute(db);
}
