import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Waiting } from "../db/schema.ts";
import { runnerView } from "../runners/view.ts";
import { jobView, shownColumns, type JobRow, type JobView } from "./view.ts";
import { explainWaiting } from "./waiting.ts";

/** A job with its attempts and, while it does not run, why. */
export type JobDetail = JobView & {
  attempts: {
    epoch: number;
    state: string;
    reason?: string;
    logStreamId?: string;
    assignedAt: string;
    acceptedAt?: string;
    finishedAt?: string;
  }[];
  waiting?: Waiting;
};

/** @throws AppError `not_found` */
export async function getJob(ctx: Ctx, input: { jobId: string }): Promise<JobDetail> {
  const row = await ctx.db
    .selectFrom("jobs")
    .select(shownColumns)
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.jobId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no job ${input.jobId}`);
  const attempts = await ctx.db
    .selectFrom("job_attempts")
    .leftJoin("log_streams", (join) =>
      join.onRef("log_streams.job_id", "=", "job_attempts.job_id").onRef("log_streams.epoch", "=", "job_attempts.epoch"),
    )
    .select(["job_attempts.epoch", "state", "reason", "assigned_at", "accepted_at", "finished_at", "log_streams.id as stream_id"])
    .where("job_attempts.job_id", "=", row.id)
    .orderBy("job_attempts.epoch")
    .execute();
  const waiting = await whyWaiting(ctx, row);
  return {
    ...jobView(row),
    attempts: attempts.map((attempt) => ({
      epoch: attempt.epoch,
      state: attempt.state,
      assignedAt: attempt.assigned_at.toISOString(),
      ...(attempt.reason === null ? {} : { reason: attempt.reason }),
      ...(attempt.stream_id === null ? {} : { logStreamId: attempt.stream_id }),
      ...(attempt.accepted_at === null ? {} : { acceptedAt: attempt.accepted_at.toISOString() }),
      ...(attempt.finished_at === null ? {} : { finishedAt: attempt.finished_at.toISOString() }),
    })),
    ...(waiting ? { waiting } : {}),
  };
}

async function whyWaiting(ctx: Ctx, row: JobRow): Promise<Waiting | undefined> {
  if (row.state !== "queued" && row.state !== "assigned" && row.state !== "lost") return undefined;
  const runner = await ctx.db.selectFrom("runners").selectAll().where("id", "=", row.runner_id).executeTakeFirstOrThrow();
  const busy = await ctx.db
    .selectFrom("jobs")
    .select(["id", "state", "target", "install_id", "runner_id", "writes_target"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", row.install_id)
    .where("state", "in", ["assigned", "running", "lost"])
    .where("id", "!=", row.id)
    .execute();
  const blocker = busy.find((other) => row.target !== null && other.target === row.target && (other.writes_target || row.writes_target));
  const { waiting } = runnerView(runner);
  return explainWaiting({
    job: {
      state: row.state,
      createdAt: row.created_at,
      ...(row.target === null ? {} : { target: row.target }),
      ...(row.assigned_at === null ? {} : { assignedAt: row.assigned_at }),
      ...(row.lease_expires_at === null ? {} : { leaseExpiresAt: row.lease_expires_at }),
    },
    runner: { id: runner.id, slots: runner.slots, ...(waiting ? { waiting } : {}) },
    active: busy.filter((other) => other.runner_id === row.runner_id && other.state !== "lost").length,
    ...(blocker ? { blocker } : {}),
    reconnectWindowMs: ctx.system.settings.reconnectWindowMs,
  });
}
