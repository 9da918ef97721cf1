import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import { nextJobState } from "@berth/protocol/job-state";
import { transact, type Ctx } from "../context.ts";
import { endJob } from "./end.ts";
import { lockJob } from "./lock.ts";
import { nudgeWorkflow } from "./nudge-workflow.ts";
import { recordJobEvent } from "./record-event.ts";
import { requeueJob } from "./requeue.ts";

/**
 * A job's runner was cut off: → lost. Work that is safe to repeat goes back to the queue at once; work that is not waits for the runner to come back and
 * report, and after the reconnect window its workflow asks a person.
 * @returns false where the job is not under that epoch any more or cannot be lost
 */
export function loseJob(args: { ctx: Ctx; input: { jobId: string; epoch: number } }): Promise<boolean> {
  const { jobId, epoch } = args.input;
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    const state = job && nextJobState(job.state, "lose");
    if (!job || !state || job.epoch !== epoch) return false;
    const { system } = ctx;
    // The engine counts the reconnect window from here.
    const since = job.lease_expires_at ?? system.now();
    await ctx.db
      .updateTable("jobs")
      .set({ state, lease_expires_at: since })
      .where("id", "=", jobId)
      .where("state", "=", job.state)
      .execute();
    await ctx.db.updateTable("job_attempts").set({ state }).where("job_id", "=", jobId).where("epoch", "=", epoch).execute();
    await recordJobEvent(ctx, job, state, { epoch });
    if (jobKinds[job.kind as JobKind].safeToRepeat) return requeueJob({ ctx, input: { jobId, epoch, reason: "lost", released: false } });
    if (job.cancel_requested_at) {
      const detail = `${job.cancel_reason ?? "Cancelled."} The runner was cut off and has not confirmed that it stopped.`;
      return endJob({ ctx, input: { jobId, event: "cancel", failure: { reason: "cancelled", detail } } });
    }
    await nudgeWorkflow(ctx, job);
    await nudgeWorkflow(ctx, job, system.settings.reconnectWindowMs);
    return true;
  });
}
