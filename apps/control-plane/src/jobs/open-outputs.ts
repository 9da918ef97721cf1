import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Vault } from "../crypto/vault.ts";

/** What of a job's outputs is stored encrypted: the sensitive ones, and per step of an action all of them (a script does not tell which are). */
export type SealedOutputs = { sensitive: Record<string, unknown>; steps: Record<string, Record<string, unknown>> };

/** Outputs of a finished job, by name. */
export type JobOutputs = SealedOutputs & { plain: Record<string, unknown> };

/** Encrypts outputs, bound to the job. */
export function sealOutputs(vault: Vault, jobId: string, outputs: SealedOutputs): Buffer {
  return vault.seal(JSON.stringify(outputs), `job-outputs:${jobId}`);
}

/**
 * A job's outputs, plain and sensitive apart. Empty while there are none.
 * @throws AppError `not_found`
 */
export async function readJobOutputs({ ctx, jobId }: { ctx: Ctx; jobId: string }): Promise<JobOutputs> {
  const job = await ctx.db
    .selectFrom("jobs")
    .select(["outputs", "sensitive_enc"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", jobId)
    .executeTakeFirst();
  if (!job) throw new AppError("not_found", `There is no job ${jobId}`);
  const sealed = job.sensitive_enc
    ? (JSON.parse(ctx.system.vault.open(job.sensitive_enc, `job-outputs:${jobId}`).toString("utf8")) as SealedOutputs)
    : { sensitive: {}, steps: {} };
  return { plain: job.outputs ?? {}, ...sealed };
}
