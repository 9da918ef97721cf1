import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { jobView, shownColumns, type JobView } from "./view.ts";
import { whyWaiting } from "./why-waiting.ts";

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
  const waiting = (await whyWaiting(ctx, [row])).get(row.id);
  return {
    ...jobView(row, waiting),
    attempts: attempts.map((attempt) => ({
      epoch: attempt.epoch,
      state: attempt.state,
      assignedAt: attempt.assigned_at.toISOString(),
      ...(attempt.reason === null ? {} : { reason: attempt.reason }),
      ...(attempt.stream_id === null ? {} : { logStreamId: attempt.stream_id }),
      ...(attempt.accepted_at === null ? {} : { acceptedAt: attempt.accepted_at.toISOString() }),
      ...(attempt.finished_at === null ? {} : { finishedAt: attempt.finished_at.toISOString() }),
    })),
  };
}
