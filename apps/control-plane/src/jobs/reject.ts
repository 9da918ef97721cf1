import { transact, type Ctx } from "../context.ts";
import { endJob } from "./end.ts";
import { lockJob } from "./lock.ts";
import { requeueJob } from "./requeue.ts";

/** Reasons that will be the same next time: the job fails instead of going round. */
const hopeless = /^(unknown_kind|spec_invalid)/;

/**
 * The runner does not take the job. Back to the queue, or failed where it never will.
 * @returns `late` where the job was not waiting for this answer any more
 */
export function rejectJob(args: {
  ctx: Ctx;
  input: { runnerId: string; jobId: string; epoch: number; reason: string };
}): Promise<"requeued" | "failed" | "late"> {
  const { runnerId, jobId, epoch, reason } = args.input;
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    if (!job || job.epoch !== epoch || job.runner_id !== runnerId || job.state !== "assigned") return "late";
    if (!hopeless.test(reason)) {
      await requeueJob({ ctx, input: { jobId, epoch, reason: `rejected: ${reason}`, released: true } });
      return "requeued";
    }
    const detail = `The runner does not take this job: ${reason}. A newer runner may.`;
    await endJob({ ctx, input: { jobId, event: "fail", epoch, failure: { reason: "runner_rejected", detail }, released: true } });
    return "failed";
  });
}
