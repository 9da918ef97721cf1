import { sql } from "kysely";
import type { System } from "../context.ts";
import { acceptJob } from "./accept.ts";
import { jobLeaseMs } from "./lease.ts";
import { runnerCtx } from "./runner-ctx.ts";

/** One runner's proof of life, and the jobs it has. */
export type Beat = { orgId: string; runnerId: string; sessionId: string; jobs: readonly { jobId: string; epoch: number }[] };

/**
 * Renews sessions and the leases of the jobs they name, for many sessions in one statement. A job that was taken for lost, or whose accept was, and is named runs again.
 * @returns the sessions that are still on; the others were ended elsewhere
 */
export async function renewLeases({ system, beats }: { system: System; beats: readonly Beat[] }): Promise<Set<string>> {
  const now = system.now();
  const lease = new Date(now.getTime() + jobLeaseMs(system.settings.runnerLeaseMs));
  const named = beats.flatMap((beat) => beat.jobs.map((job) => ({ ...job, beat })));
  const sessions = await sql<{ id: string }>`
    with alive as (
      update runner_sessions set last_heartbeat_at = ${now}
      where id = any(${beats.map((beat) => beat.sessionId)}) and closed_at is null
      returning id, runner_id
    ), seen as (
      update runners set last_seen_at = ${now} from alive where runners.id = alive.runner_id
    ), renewed as (
      update jobs set lease_expires_at = ${lease}
      from unnest(${named.map(({ jobId }) => jobId)}::text[], ${named.map(({ epoch }) => epoch)}::int[],
                  ${named.map(({ beat }) => beat.runnerId)}::text[]) as held(job_id, epoch, runner_id)
      where jobs.id = held.job_id and jobs.epoch = held.epoch and jobs.runner_id = held.runner_id and jobs.state = 'running'
    )
    select id from alive`.execute(system.db);
  const alive = new Set(sessions.rows.map((row) => row.id));
  if (named.length > 0)
    await findAgain(
      system,
      named.filter(({ beat }) => alive.has(beat.sessionId)),
    );
  return alive;
}

async function findAgain(system: System, named: readonly { jobId: string; epoch: number; beat: Beat }[]): Promise<void> {
  const lost = await system.db
    .selectFrom("jobs")
    .select(["id", "epoch"])
    .where("id", "=", sql<string>`any(${named.map(({ jobId }) => jobId)}::text[])`)
    .where("state", "in", ["assigned", "lost"])
    .execute();
  for (const job of lost) {
    const held = named.find(({ jobId, epoch }) => jobId === job.id && epoch === job.epoch);
    if (held)
      await acceptJob({
        ctx: runnerCtx(system, held.beat),
        input: { runnerId: held.beat.runnerId, sessionId: held.beat.sessionId, jobId: job.id, epoch: job.epoch },
      });
  }
}
