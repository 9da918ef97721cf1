import { jobStatesAccepting, nextJobState, type JobEvent, type JobState } from "@berth/protocol/job-state";
import type { Failure, JobResult } from "@berth/protocol/job-result";
import { afterCommit, transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { closeStream } from "../logs/close-stream.ts";

/** How the control plane itself ends a job, without a report of the runner. */
export type EndJobInput = {
  jobId: string;
  event: Extract<JobEvent, "cancel" | "abandon" | "time_out">;
  failure: Failure;
  /** Only from these states; default: every state the event applies in. */
  from?: JobState[];
};

const outcomes = { cancel: "cancelled", abandon: "failed", time_out: "timed_out" } as const;

/**
 * Ends a job by the control plane's own decision: state, attempt, log stream and event in one transaction, then its workflow goes on.
 * What the runner may still hold of it is not touched: see `job_attempts.released_at`.
 * @returns false when the job was in none of those states
 */
export function endJob(args: { ctx: Ctx; input: EndJobInput }): Promise<boolean> {
  const { input } = args;
  const accepting = jobStatesAccepting(input.event).filter((state) => !input.from || input.from.includes(state));
  return transact(args.ctx, async (ctx) => {
    const found = await ctx.db
      .selectFrom("jobs")
      .innerJoin("log_streams", "log_streams.id", "jobs.log_stream_id")
      .select(["jobs.state", "jobs.accepted_at", "log_streams.next_offset"])
      .where("jobs.org_id", "=", ctx.orgId)
      .where("jobs.id", "=", input.jobId)
      .forUpdate("jobs")
      .executeTakeFirst();
    const state = found && nextJobState(found.state, input.event);
    if (!found || !state || !accepting.includes(found.state)) return false;
    const now = ctx.system.now();
    const result: JobResult = {
      outcome: outcomes[input.event],
      failure: input.failure,
      logBytes: found.next_offset,
      startedAt: (found.accepted_at ?? now).toISOString(),
      finishedAt: now.toISOString(),
    };
    const job = await ctx.db
      .updateTable("jobs")
      .set({ state, result: JSON.stringify(result), finished_at: now, lease_expires_at: null })
      .where("id", "=", input.jobId)
      .where("state", "in", accepting)
      .returning(["epoch", "install_id", "workflow_id", "runner_id", "log_stream_id"])
      .executeTakeFirstOrThrow();
    await ctx.db
      .updateTable("job_attempts")
      .set({ state, reason: input.failure.reason, finished_at: now })
      .where("job_id", "=", input.jobId)
      .where("epoch", "=", job.epoch)
      .where("finished_at", "is", null)
      .execute();
    await closeStream(ctx, job.log_stream_id);
    await recordEvent(ctx, {
      subjectKind: "job",
      subjectId: input.jobId,
      event: state,
      installId: job.install_id,
      ...(job.workflow_id === null ? {} : { workflowId: job.workflow_id }),
      data: { by: "control-plane", reason: input.failure.reason, from: found.state },
    });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId: job.runner_id } });
    if (job.workflow_id) await afterCommit(ctx, { kind: "enqueue", queue: "workflow-advance", data: { workflowId: job.workflow_id } });
    return true;
  });
}
