import { jobKinds, type ApplyKind, type JobSpec, type PlanKind } from "@berth/protocol/job-spec";
import type { Ctx } from "../../context.ts";
import { openSpec } from "../../jobs/spec.ts";
import type { StepRow } from "../queries.ts";
import { invalid, type RenderedJob } from "./rendered-job.ts";

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
  if (!isPlan(spec)) return invalid(`${planStep.key} is not a plan`);
  return {
    spec: applyOf(spec, { digest: plan.digest, size: plan.size }),
    target: spec.target,
    redact,
    timeoutSeconds: job.timeout_seconds,
    planDigest,
    buildId: planStep.build_id,
  };
}

type PlanSpec = Extract<JobSpec, { kind: PlanKind }>;
type ApplySpec = Extract<JobSpec, { kind: ApplyKind }>;

function isPlan(spec: JobSpec): spec is PlanSpec {
  return jobKinds[spec.kind].plan === "makes";
}

function applyOf(spec: PlanSpec, plan: ApplySpec["plan"]): ApplySpec {
  switch (spec.kind) {
    case "terraform.plan":
      return { ...spec, kind: "terraform.apply", plan };
    case "helm.plan":
      return { ...spec, kind: "helm.apply", plan };
    case "kubernetes.plan":
      return { ...spec, kind: "kubernetes.apply", plan };
  }
}
