import type { Failure, JobResult } from "@berth/protocol/job-result";
import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import { send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";

/**
 * Puts a plan job's summary on the plan that was uploaded for it.
 * @returns the result as it stands then: a plan that succeeded without its bytes being here, or whose digest is not that of the bytes, has failed
 */
export async function storeSummary(args: {
  ctx: Ctx;
  job: { id: string; epoch: number; kind: string };
  result: JobResult;
}): Promise<JobResult> {
  const { ctx, job, result } = args;
  if (jobKinds[job.kind as JobKind].plan !== "makes" || result.outcome !== "succeeded") return result;
  const plan = await ctx.db
    .selectFrom("plans")
    .select(["id", "digest"])
    .where("job_id", "=", job.id)
    .where("epoch", "=", job.epoch)
    .executeTakeFirst();
  const summary = result.plan;
  if (!plan || !summary)
    return failed(result, "plan_unavailable", "The job reported success, but its plan has not arrived. Retry makes a new one.");
  if (plan.digest !== summary.digest) {
    return failed(
      result,
      "digest_mismatch",
      `The plan that arrived has the digest ${plan.digest}, the runner reported ${summary.digest}. It cannot be approved; retry makes a new one.`,
    );
  }
  await send(
    ctx,
    ctx.db
      .updateTable("plans")
      .set({ summary: toJsonb(summary) })
      .where("id", "=", plan.id),
  );
  return result;
}

function failed(result: JobResult, reason: Failure["reason"], detail: string): JobResult {
  return { ...result, outcome: "failed", failure: { reason, detail } };
}
