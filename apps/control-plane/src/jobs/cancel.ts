import { AppError } from "@berth/kit/errors";
import type { JobState } from "@berth/protocol/job-state";
import { afterCommit, transact, type Ctx } from "../context.ts";
import { endJob } from "./end.ts";
import { lockJob } from "./lock.ts";
import { recordJobEvent } from "./record-event.ts";

/**
 * Cancels a job. One that no runner works on (queued, lost) ends at once; one that a runner has is asked to stop and ends when the runner reports.
 * A job that has ended stays as it is, and a second cancel changes nothing.
 * @returns the job's state now
 * @throws AppError `not_found`
 */
export function cancelJob(args: { ctx: Ctx; input: { jobId: string; reason: string } }): Promise<{ state: JobState }> {
  const { jobId, reason } = args.input;
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    if (!job) throw new AppError("not_found", `There is no job ${jobId}`);
    if (job.state === "queued" || job.state === "lost") {
      await endJob({ ctx, input: { jobId, event: "cancel", failure: { reason: "cancelled", detail: reason } } });
      return { state: "cancelled" };
    }
    if ((job.state !== "assigned" && job.state !== "running") || job.cancel_requested_at) return { state: job.state };
    await ctx.db
      .updateTable("jobs")
      .set({ cancel_requested_at: ctx.system.now(), cancel_reason: reason.slice(0, 1024) })
      .where("id", "=", jobId)
      .execute();
    await recordJobEvent(ctx, job, "cancel_requested", { reason });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: job.runner_id, about: "orders" } });
    return { state: job.state };
  });
}
