import type { Ctx } from "../context.ts";

/** Its events are among so many of the install's newest ones; one that is not is kept, and does no harm. */
const newestEvents = 200;

/**
 * Deletes an ended probe job with its log and events: what it saw is kept as health, and at one a minute jobs would soon be most of what is stored. A report
 * that comes for it yet is answered like one of any job that is over.
 */
export async function forgetProbeJob(ctx: Ctx, input: { installId: string; jobId: string }): Promise<void> {
  const { installId, jobId } = input;
  const streams = ctx.db.selectFrom("log_streams").select("id").where("job_id", "=", jobId);
  await ctx.db.deleteFrom("log_chunks").where("stream_id", "in", streams).execute();
  await ctx.db.deleteFrom("log_streams").where("job_id", "=", jobId).execute();
  await ctx.db.deleteFrom("job_attempts").where("job_id", "=", jobId).execute();
  await ctx.db.deleteFrom("jobs").where("id", "=", jobId).where("kind", "=", "health.probe").execute();
  const recent = ctx.db.selectFrom("events").select("id").where("install_id", "=", installId).orderBy("id", "desc").limit(newestEvents);
  await ctx.db.deleteFrom("events").where("id", "in", recent).where("subject_kind", "=", "job").where("subject_id", "=", jobId).execute();
}
