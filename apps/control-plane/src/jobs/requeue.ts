import { newId } from "@berth/kit/ids";
import { jobStatesAccepting } from "@berth/protocol/job-state";
import { afterCommit, transact, type Ctx } from "../context.ts";
import { closeStream } from "../logs/close-stream.ts";
import { moveQueuedJobs } from "../runners/move-queued-jobs.ts";
import { endJob } from "./end.ts";
import { lockJob } from "./lock.ts";
import { recordJobEvent } from "./record-event.ts";

/**
 * Puts a job back into the queue: the next offer has the next epoch and a log stream of its own. One whose cancel was asked for ends instead.
 * @param args.input.released the runner holds nothing of the attempt: it has said so, or never had it
 * @returns false where it is not under that epoch any more, or in no state that can be queued again
 */
export function requeueJob(args: {
  ctx: Ctx;
  input: { jobId: string; epoch: number; reason: string; released: boolean };
}): Promise<boolean> {
  const { jobId, epoch, reason, released } = args.input;
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    if (!job || job.epoch !== epoch || !jobStatesAccepting("requeue").includes(job.state)) return false;
    if (job.cancel_requested_at) {
      const detail = job.cancel_reason ?? "Cancelled before a runner took it.";
      return endJob({ ctx, input: { jobId, event: "cancel", failure: { reason: "cancelled", detail }, released } });
    }
    const now = ctx.system.now();
    await closeStream(ctx, job.log_stream_id);
    const logStreamId = newId("logStream");
    await ctx.db
      .insertInto("log_streams")
      .values({ id: logStreamId, org_id: ctx.orgId, owner_kind: "job", owner_id: jobId, job_id: jobId, epoch: epoch + 1 })
      .execute();
    await ctx.db
      .updateTable("jobs")
      .set({
        state: "queued",
        session_id: null,
        log_stream_id: logStreamId,
        accepted_at: null,
        deadline_at: null,
        lease_expires_at: null,
      })
      .where("id", "=", jobId)
      .where("state", "in", jobStatesAccepting("requeue"))
      .execute();
    await ctx.db
      .updateTable("job_attempts")
      .set({ state: "requeued", reason, finished_at: now, ...(released ? { released_at: now } : {}) })
      .where("job_id", "=", jobId)
      .where("epoch", "=", epoch)
      .execute();
    await recordJobEvent(ctx, job, "requeued", { epoch, reason });
    const runner = await ctx.db.selectFrom("runners").select("state").where("id", "=", job.runner_id).executeTakeFirst();
    if (runner?.state === "revoked") await moveQueuedJobs(ctx, { fromRunnerId: job.runner_id, installId: job.install_id });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: job.runner_id, about: "work" } });
    return true;
  });
}
