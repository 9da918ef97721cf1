import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import { systemCtx, type System } from "../context.ts";
import { closeStream } from "../logs/close-stream.ts";
import { cancelJob } from "./cancel.ts";
import { endJob } from "./end.ts";
import { loseJob } from "./lose.ts";
import { requeueJob } from "./requeue.ts";

const batch = 200;
/** The runner ends a job at its deadline by itself; this much later it is told to. */
const remindAfterMs = 60_000;
/** And this much later it is not waited for any longer. */
const giveUpAfterMs = 600_000;

/** Moves what should have moved: offers nobody answered, jobs whose runner is gone, deadlines, streams that wait for bytes of an ended job. Cheap when there is nothing. */
export async function sweepJobs(system: System): Promise<{ lost: number; late: number; streams: number }> {
  const lost = await sweepLeases(system);
  const late = await sweepDeadlines(system);
  const streams = await sweepStreams(system);
  return { lost, late, streams };
}

async function sweepLeases(system: System): Promise<number> {
  const expired = await system.db
    .selectFrom("jobs")
    .select(["id", "org_id", "epoch", "state", "kind"])
    .where("state", "in", ["assigned", "running"])
    .where("lease_expires_at", "<", system.now())
    .orderBy("lease_expires_at")
    .limit(batch)
    .execute();
  for (const job of expired) {
    const ctx = systemCtx(system, job.org_id);
    const input = { jobId: job.id, epoch: job.epoch };
    if (job.state === "assigned" && jobKinds[job.kind as JobKind].safeToRepeat)
      await requeueJob({ ctx, input: { ...input, reason: "no answer", released: false } });
    else await loseJob({ ctx, input });
  }
  return expired.length;
}

async function sweepDeadlines(system: System): Promise<number> {
  const now = system.now().getTime();
  const late = await system.db
    .selectFrom("jobs")
    .select(["id", "org_id", "epoch", "deadline_at", "cancel_requested_at", "timeout_seconds"])
    .where("state", "=", "running")
    .where("deadline_at", "<", new Date(now - remindAfterMs))
    .limit(batch)
    .execute();
  for (const job of late) {
    const ctx = systemCtx(system, job.org_id);
    const reason = `The job ran longer than its limit of ${job.timeout_seconds} s.`;
    if (job.deadline_at && job.deadline_at.getTime() < now - giveUpAfterMs) {
      const detail = `${reason} The runner was told to stop it and has not reported an end.`;
      await endJob({
        ctx,
        input: { jobId: job.id, epoch: job.epoch, event: "time_out", from: ["running"], failure: { reason: "timed_out", detail } },
      });
    } else if (!job.cancel_requested_at) {
      await cancelJob({ ctx, input: { jobId: job.id, reason } });
    }
  }
  return late.length;
}

/** An ended job's runner has delivered all it had before it reported: bytes that are missing a while later will not come. */
async function sweepStreams(system: System): Promise<number> {
  const open = await system.db
    .selectFrom("log_streams")
    .innerJoin("jobs", "jobs.id", "log_streams.job_id")
    .select(["log_streams.id", "log_streams.org_id"])
    .where("log_streams.ends_at", "is not", null)
    .where("log_streams.closed_at", "is", null)
    .where("jobs.finished_at", "<", new Date(system.now().getTime() - giveUpAfterMs))
    .limit(batch)
    .execute();
  for (const stream of open) await closeStream(systemCtx(system, stream.org_id), stream.id);
  return open.length;
}
