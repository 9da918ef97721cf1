import { sql } from "kysely";
import type { JobResult } from "@berth/protocol/job-result";
import { nextJobState, type JobEvent } from "@berth/protocol/job-state";
import { afterCommit, send, transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { onProbed } from "../health/on-probed.ts";
import { endStream } from "../logs/close-stream.ts";
import { storeSummary } from "../plans/store-summary.ts";
import { releaseLocks } from "../states/release-locks.ts";
import { lockJob, type LockedJob } from "./lock.ts";
import { nudgeWorkflow } from "./nudge-workflow.ts";
import { sealedPart, sealOutputs, splitOutputs } from "./open-outputs.ts";
import { recordJobEvent } from "./record-event.ts";

const events: Record<JobResult["outcome"], JobEvent> = { succeeded: "succeed", failed: "fail", cancelled: "cancel", timed_out: "time_out" };

/**
 * Stores the end that a runner reports. Everything of it in one transaction: result, outputs, plan summary, attempt, lock, log stream, event; then the
 * workflow goes on. A repeat gets the first answer.
 * @returns accepted: false where the epoch is old or the job was ended otherwise. The runner drops the job either way.
 */
export function finishJob(args: {
  ctx: Ctx;
  input: { runnerId: string; jobId: string; epoch: number; result: JobResult };
}): Promise<{ accepted: boolean }> {
  const { runnerId, jobId, epoch } = args.input;
  return transact(args.ctx, async (ctx) => {
    const job = await lockJob(ctx, jobId);
    if (!job || job.runner_id !== runnerId) return { accepted: false };
    if (job.epoch !== epoch || nextJobState(job.state, events[args.input.result.outcome]) === undefined)
      return { accepted: await answerLate(ctx, job, args.input) };

    const result = await storeSummary({ ctx, job, result: args.input.result });
    const state = result.outcome;
    const now = ctx.system.now();
    const { outputs, steps, ...rest } = result;
    const told = { ...rest, ...(steps ? { steps: steps.map((step) => ({ ...step, outputs: {} })) } : {}) };
    const ended = ctx.db
      .updateTable("jobs")
      .set({
        state,
        result: toJsonb(told),
        ...storedOutputs(ctx, jobId, { outputs, steps }),
        finished_at: now,
        lease_expires_at: null,
      })
      .where("id", "=", jobId)
      .where("state", "=", job.state)
      .returning((row) =>
        row
          .exists(
            row
              .selectFrom("jobs as other")
              .select("other.id")
              .where("other.runner_id", "=", runnerId)
              .where("other.state", "=", sql.lit("queued")),
          )
          .as("more"),
      );
    // Its slot is free, or its target: for what waits in the queue.
    await send(ctx, ended, async ([row]) => {
      if (row?.more) await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId, about: "work" } });
    });
    const attempt = ctx.db
      .updateTable("job_attempts")
      .set({ state, reason: result.failure?.reason ?? null, finished_at: now, released_at: now })
      .where("job_id", "=", jobId)
      .where("epoch", "=", epoch);
    await send(ctx, attempt);
    await endStream(ctx, job.log_stream_id, result.logBytes);
    await releaseLocks(ctx, job);
    await recordJobEvent(ctx, job, state, { by: "runner", epoch, ...(result.failure ? { reason: result.failure.reason } : {}) });
    if (job.kind === "health.probe") await onProbed(ctx, { installId: job.install_id, at: job.accepted_at ?? now, outputs });
    await nudgeWorkflow(ctx, job);
    return { accepted: true };
  });
}

/** The report of an attempt that is over: a repeat of the accepted one, or one that comes too late. Either way the runner holds nothing of it from now on. */
async function answerLate(ctx: Ctx, job: LockedJob, input: { epoch: number; result: JobResult }): Promise<boolean> {
  const attempt = await ctx.db
    .selectFrom("job_attempts")
    .select(["state", "released_at"])
    .where("job_id", "=", job.id)
    .where("epoch", "=", input.epoch)
    .executeTakeFirst();
  if (!attempt) return false;
  if (attempt.released_at) return input.epoch === job.epoch && attempt.state === job.state;
  await ctx.db
    .updateTable("job_attempts")
    .set({ state: "late", released_at: ctx.system.now() })
    .where("job_id", "=", job.id)
    .where("epoch", "=", input.epoch)
    .execute();
  if (input.epoch === job.epoch) await releaseLocks(ctx, job);
  await recordJobEvent(ctx, job, "reported_late", { epoch: input.epoch, outcome: input.result.outcome, state: job.state });
  return false;
}

function storedOutputs(ctx: Ctx, jobId: string, result: Pick<JobResult, "outputs" | "steps">) {
  const split = splitOutputs(result);
  const secret = sealedPart(split);
  return { outputs: toJsonb(split.plain), sensitive_enc: secret ? sealOutputs(ctx.system.vault, jobId, secret) : null };
}
