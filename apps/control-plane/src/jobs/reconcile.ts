import { isTerminalJobState, type JobState } from "@berth/protocol/job-state";
import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import type { Holding } from "@berth/protocol/messages";
import { sql } from "kysely";
import type { Ctx } from "../context.ts";
import { acceptJob } from "./accept.ts";
import { endJob } from "./end.ts";
import { loseJob } from "./lose.ts";
import { requeueJob } from "./requeue.ts";

type JobRow = { id: string; epoch: number; kind: string; state: JobState; log_stream_id: string; accepted_at: Date | null };

export type Reconciled = {
  /** Held jobs whose epoch is over: the runner drops them. */
  obsolete: { jobId: string; epoch: number }[];
  /** Held jobs that were ended here while they ran there: the runner stops them and reports. */
  stop: { jobId: string; epoch: number; reason: string }[];
  /** Streams the runner may still have bytes for. */
  streams: string[];
};

/**
 * Compares what a runner says it holds with what it should hold, when its session begins. Held jobs run on under this session, lost ones too. Of jobs it
 * should hold and does not, those it never took or that are safe to repeat go back to the queue; any other has failed: nobody will ever report it.
 * Runs inside the transaction that opens the session.
 */
export async function reconcileJobs(args: {
  ctx: Ctx;
  input: { runnerId: string; sessionId: string; holding: readonly Holding[] };
}): Promise<Reconciled> {
  const { ctx } = args;
  const { runnerId, sessionId, holding } = args.input;
  const jobs = await readJobs(ctx, runnerId, holding);
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const result: Reconciled = { obsolete: [], stop: [], streams: [] };
  for (const { jobId, epoch, phase } of holding) {
    const job = byId.get(jobId);
    if (!job || job.epoch !== epoch || job.state === "queued") {
      result.obsolete.push({ jobId, epoch });
      continue;
    }
    result.streams.push(job.log_stream_id);
    if (!isTerminalJobState(job.state)) await acceptJob({ ctx, input: { runnerId, sessionId, jobId, epoch } });
    else if (phase === "running")
      result.stop.push({ jobId, epoch, reason: `the job was ended as ${job.state} while the runner was cut off` });
  }
  const held = new Set(holding.map(({ jobId, epoch }) => `${jobId} ${epoch}`));
  for (const job of jobs) {
    if (!held.has(`${job.id} ${job.epoch}`)) await missing(ctx, job);
  }
  await releaseOthers(ctx, runnerId, holding);
  return result;
}

function readJobs(ctx: Ctx, runnerId: string, holding: readonly Holding[]): Promise<JobRow[]> {
  return ctx.db
    .selectFrom("jobs")
    .select(["id", "epoch", "kind", "state", "log_stream_id", "accepted_at"])
    .where("org_id", "=", ctx.orgId)
    .where("runner_id", "=", runnerId)
    .where((row) =>
      row.or([
        row("state", "in", ["assigned", "running", "lost"]),
        row("id", "=", sql<string>`any(${holding.map(({ jobId }) => jobId)}::text[])`),
      ]),
    )
    .execute();
}

async function missing(ctx: Ctx, job: JobRow): Promise<void> {
  const { id: jobId, epoch } = job;
  if (job.state === "assigned" || (job.state === "lost" && job.accepted_at === null)) {
    await requeueJob({ ctx, input: { jobId, epoch, reason: "the offer did not arrive", released: true } });
  } else if (job.state === "running" || job.state === "lost") {
    if (jobKinds[job.kind as JobKind].safeToRepeat) {
      if (job.state === "running") await loseJob({ ctx, input: { jobId, epoch } });
      else await requeueJob({ ctx, input: { jobId, epoch, reason: "lost", released: true } });
      return;
    }
    const detail =
      "The runner came back without this job: its disk was lost or it was set up anew. What the job changed in the account is not known; look before a retry.";
    await endJob({ ctx, input: { jobId, event: "fail", epoch, failure: { reason: "runner_lost", detail }, released: true } });
  }
}

/** Ended attempts that the runner does not name: it holds nothing of them any more. */
async function releaseOthers(ctx: Ctx, runnerId: string, holding: readonly Holding[]): Promise<void> {
  const held = holding.map(({ jobId, epoch }) => `${jobId} ${epoch}`);
  await sql`
    update job_attempts a set released_at = ${ctx.system.now()}
    from jobs j
    where a.released_at is null and j.id = a.job_id and j.runner_id = ${runnerId}
      and (j.state in ('queued', 'succeeded', 'failed', 'cancelled', 'timed_out') or a.epoch < j.epoch)
      and a.job_id || ' ' || a.epoch <> all(${held}::text[])`.execute(ctx.db);
}
