import { jobStatesAccepting, nextJobState, type JobEvent, type JobState } from "@berth/protocol/job-state";
import type { Failure, JobResult } from "@berth/protocol/job-result";
import { afterCommit, transact, type Ctx } from "../context.ts";
import { closeStream } from "../logs/close-stream.ts";
import { lockJob } from "./lock.ts";
import { nudgeWorkflow } from "./nudge-workflow.ts";
import { recordJobEvent } from "./record-event.ts";

/** How the control plane itself ends a job, without a report of the runner. */
export type EndJobInput = {
  jobId: string;
  event: Extract<JobEvent, "fail" | "cancel" | "abandon" | "time_out">;
  failure: Failure;
  /** Only from these states; default: every state the event applies in. */
  from?: JobState[];
  /** Only under this epoch. */
  epoch?: number;
  /** The runner holds nothing of it: it has said so, or never had it. */
  released?: boolean;
};

const outcomes = { fail: "failed", cancel: "cancelled", abandon: "failed", time_out: "timed_out" } as const;

/**
 * Ends a job by the control plane's own decision: state, attempt, log stream and event in one transaction, then its workflow goes on.
 * What the runner may still hold of it is not touched: see `job_attempts.released_at`.
 * @returns false when the job was in none of those states
 */
export function endJob(args: { ctx: Ctx; input: EndJobInput }): Promise<boolean> {
  const { input } = args;
  const accepting = jobStatesAccepting(input.event).filter((state) => !input.from || input.from.includes(state));
  return transact(args.ctx, async (ctx) => {
    const found = await lockJob(ctx, input.jobId);
    const state = found && nextJobState(found.state, input.event);
    if (!found || !state || !accepting.includes(found.state)) return false;
    if (input.epoch !== undefined && input.epoch !== found.epoch) return false;
    const stream = await ctx.db.selectFrom("log_streams").select("next_offset").where("id", "=", found.log_stream_id).executeTakeFirst();
    const now = ctx.system.now();
    const result: JobResult = {
      outcome: outcomes[input.event],
      failure: input.failure,
      logBytes: stream?.next_offset ?? 0,
      startedAt: (found.accepted_at ?? now).toISOString(),
      finishedAt: now.toISOString(),
    };
    await ctx.db
      .updateTable("jobs")
      .set({ state, result: JSON.stringify(result), finished_at: now, lease_expires_at: null })
      .where("id", "=", input.jobId)
      .where("state", "in", accepting)
      .execute();
    await ctx.db
      .updateTable("job_attempts")
      .set({ state, reason: input.failure.reason, finished_at: now, ...(input.released ? { released_at: now } : {}) })
      .where("job_id", "=", input.jobId)
      .where("epoch", "=", found.epoch)
      .where("finished_at", "is", null)
      .execute();
    await closeStream(ctx, found.log_stream_id);
    await recordJobEvent(ctx, found, state, { by: "control-plane", reason: input.failure.reason, from: found.state });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: found.runner_id, about: "work" } });
    await nudgeWorkflow(ctx, found);
    return true;
  });
}
