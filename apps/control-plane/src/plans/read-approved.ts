import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";
import { openPlan } from "./seal.ts";

/**
 * The bytes of the plan an apply job was given: the approved digest of the job's own target, nothing else. They are hashed again before they leave.
 * @throws AppError `forbidden` for a job without a plan; `not_found`; `digest_mismatch` where the stored bytes were altered
 */
export async function readApprovedPlan({ ctx, job }: { ctx: Ctx; job: RunnerJob }): Promise<Buffer> {
  if (job.planDigest === undefined) throw new AppError("forbidden", `Job ${job.id} (${job.kind}) has no plan to apply`);
  const plan = await ctx.db
    .selectFrom("plans")
    .select(["id", "content_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", job.installId)
    .where("target", "=", requireTarget(job))
    .where("digest", "=", job.planDigest)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!plan) throw new AppError("not_found", `The plan ${job.planDigest} of job ${job.id} is not stored here`);
  const bytes = open(ctx, plan.id, plan.content_enc);
  if (bytes && sha256(bytes) === job.planDigest) return bytes;
  ctx.system.logger.error({ planId: plan.id, jobId: job.id }, "the stored bytes of a plan are not those that were approved");
  throw new AppError(
    "digest_mismatch",
    `The stored bytes of plan ${plan.id} are not those that were approved. Nothing is applied; make a new plan.`,
  );
}

function open(ctx: Ctx, planId: string, sealed: Buffer): Buffer | undefined {
  try {
    return openPlan(ctx.system.vault, planId, "content", sealed);
  } catch (error) {
    ctx.system.logger.error({ err: error, planId }, "a stored plan could not be decrypted");
    return undefined;
  }
}
