import { nextJobState } from "@berth/protocol/job-state";
import { send, transact, type Ctx } from "../context.ts";
import { jobLeaseMs } from "./lease.ts";
import { lockJob } from "./lock.ts";
import { nudgeWorkflow } from "./nudge-workflow.ts";
import { recordJobEvent } from "./record-event.ts";

/**
 * The runner has the job: assigned or lost → running, and its lease starts. A repeat changes nothing else.
 * @returns false where the epoch is old, the job is over or not this runner's: the runner must not run it
 */
export function acceptJob(args: {
  ctx: Ctx;
  input: { runnerId: string; sessionId: string; jobId: string; epoch: number };
}): Promise<boolean> {
  const { runnerId, sessionId, jobId, epoch } = args.input;
  // When it was heard, however long the row is held by others.
  const now = args.ctx.system.now();
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    if (!job || job.epoch !== epoch || job.runner_id !== runnerId) return false;
    const starts = nextJobState(job.state, "accept") !== undefined;
    if (!starts && job.state !== "running") return false;
    const acceptedAt = job.accepted_at ?? now;
    const running = ctx.db
      .updateTable("jobs")
      .set({
        state: "running",
        session_id: sessionId,
        accepted_at: acceptedAt,
        deadline_at: new Date(acceptedAt.getTime() + job.timeout_seconds * 1000),
        lease_expires_at: new Date(now.getTime() + jobLeaseMs(ctx.system.settings.runnerLeaseMs)),
      })
      .where("id", "=", jobId)
      .where("state", "=", job.state);
    await send(ctx, running);
    if (!starts) return true;
    const attempt = ctx.db
      .updateTable("job_attempts")
      .set({ state: "running", accepted_at: acceptedAt, session_id: sessionId })
      .where("job_id", "=", jobId)
      .where("epoch", "=", epoch);
    await send(ctx, attempt);
    await recordJobEvent(ctx, job, job.state === "lost" ? "found" : "running", { epoch });
    if (job.state === "lost") await nudgeWorkflow(ctx, job);
    return true;
  });
}
