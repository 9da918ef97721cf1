import { sql, type Kysely } from "kysely";

/** Runs that a runner made while it had no link: by the id that it gave them, with the log that came with the report. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table action_runs
      add column offline_id text,
      add column offline_log_stream_id text references log_streams(id) deferrable initially deferred`.execute(db);
  await sql`create unique index action_runs_offline on action_runs (install_id, offline_id) where offline_id is not null`.execute(db);
}
