import { sql, type Kysely } from "kysely";

/**
 * Indexes for what is asked of jobs all the time, so that no plan goes through the jobs of other installs; and none on the lease, which is renewed every few seconds:
 * rows whose indexed columns stay are updated where they are.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index jobs_queue`.execute(db);
  await sql`drop index jobs_leases`.execute(db);
  await sql`create index jobs_busy on jobs(install_id, target) where state in ('assigned', 'running', 'lost')`.execute(db);
  await sql`create index jobs_to_stop on jobs(runner_id) where cancel_requested_at is not null and state in ('assigned', 'running')`.execute(
    db,
  );
  await sql`alter table jobs set (fillfactor = 70)`.execute(db);
  await sql`alter table steps set (fillfactor = 70)`.execute(db);
  await sql`alter table workflows set (fillfactor = 70)`.execute(db);
  await sql`alter table runner_sessions set (fillfactor = 50)`.execute(db);
  await sql`alter table runners set (fillfactor = 50)`.execute(db);
}
