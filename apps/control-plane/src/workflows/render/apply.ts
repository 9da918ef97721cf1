import type { JobSpec } from "@berth/protocol/job-spec";
import type { Ctx } from "../../context.ts";
import { openSpec } from "../../jobs/spec.ts";
import type { StepRow } from "../queries.ts";
import { invalid, type RenderedJob } from "./rendered.ts";

/**
 * The apply job of an approved plan. It takes over what the plan's job was given, byte for byte: the artifact, the environment and what to redact are
 * those of the plan that was approved, whatever has changed since.
 */
export async function renderApply(ctx: Ctx, input: { planStep: StepRow; planDigest: string }): Promise<RenderedJob> {
  const { planStep, planDigest } = input;
  const job = await ctx.db
    .selectFrom("jobs")
    .select(["id", "spec_enc", "result", "timeout_seconds"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", planStep.job_id)
    .executeTakeFirst();
  const plan = job?.result?.plan;
  if (!job || plan?.digest !== planDigest) return invalid(`The plan ${planDigest} that was approved is not that of ${planStep.key}`);
  const { spec, redact } = openSpec(ctx.system.vault, job.id, job.spec_enc);
  const apply = applyOf(spec, { digest: plan.digest, size: plan.size });
  if (!apply || !("target" in apply)) return invalid(`${planStep.key} is not a plan`);
  return { spec: apply, target: apply.target, redact, timeoutSeconds: job.timeout_seconds, planDigest, buildId: planStep.build_id };
}

function applyOf(spec: JobSpec, plan: { digest: string; size: number }): JobSpec | undefined {
  switch (spec.kind) {
    case "terraform.plan":
      return { ...spec, kind: "terraform.apply", plan };
    case "helm.plan":
      return { ...spec, kind: "helm.apply", plan };
    case "kubernetes.plan":
      return { ...spec, kind: "kubernetes.apply", plan };
    case "terraform.apply":
    case "helm.apply":
    case "kubernetes.apply":
    case "image.sync":
    case "action.run":
      return undefined;
  }
}
