import { AppError } from "@berth/kit/errors";
import type { JobResult } from "@berth/protocol/job-result";
import type { Ctx } from "../context.ts";
import type { Vault } from "../crypto/vault.ts";

/** What of a job's outputs is stored encrypted: the sensitive ones, and per step of an action all of them (a script does not tell which are). */
export type SealedOutputs = { sensitive: Record<string, unknown>; steps: Record<string, Record<string, unknown>> };

/** Outputs of a finished job, by name. */
export type JobOutputs = SealedOutputs & { plain: Record<string, unknown> };

/** Splits a result's outputs. @param isOpen which of them may be read by everybody; those that are not said to be sensitive, unless given */
export function splitOutputs(
  { outputs = {}, steps = [] }: Pick<JobResult, "outputs" | "steps">,
  isOpen: (output: NonNullable<JobResult["outputs"]>[string]) => boolean = (output) => !output.sensitive,
): JobOutputs {
  const split: JobOutputs = { plain: {}, sensitive: {}, steps: Object.fromEntries(steps.map((step) => [step.name, step.outputs])) };
  for (const [name, output] of Object.entries(outputs)) split[isOpen(output) ? "plain" : "sensitive"][name] = output.value;
  return split;
}

/** What of outputs is to be encrypted; undefined where nothing is. */
export function sealedPart({ sensitive, steps }: SealedOutputs): SealedOutputs | undefined {
  return Object.keys(sensitive).length + Object.keys(steps).length > 0 ? { sensitive, steps } : undefined;
}

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
