import { send, type Ctx } from "../context.ts";
import { clearDrift } from "../drift/record.ts";
import { toJsonb } from "../db/jsonb.ts";
import type { TargetState } from "../db/schema.ts";
import { recordEvent } from "../events/record.ts";
import { readJobOutputs } from "../jobs/open-outputs.ts";
import type { TargetOutcome } from "../workflows/decide.ts";
import { rebuildState } from "./rebuild-state.ts";
import { sealValues } from "./sealed.ts";

const states: Readonly<Record<TargetOutcome, TargetState>> = {
  applied: "active",
  unchanged: "active",
  removed: "inactive",
  failed: "error",
};

/** What became of a target, in the transaction in which its step ends: what stands, made by which build, with which outputs. */
export async function recordTarget(
  ctx: Ctx,
  input: {
    installId: string;
    workflowId: string;
    target: string;
    jobId: string;
    /** The plan that was carried out, or found nothing to do; none of an image. */
    planJobId: string | null;
    buildId: string | null;
    outcome: TargetOutcome;
  },
): Promise<void> {
  const { installId, target, outcome } = input;
  const state = states[outcome];
  const outputs = outcome === "failed" ? undefined : await newOutputs(ctx, input);
  const values = {
    state,
    workflow_id: input.workflowId,
    plan_job_id: outcome === "removed" ? null : input.planJobId,
    updated_at: ctx.system.now(),
    // What is applied without a build is not made by the one before any more.
    ...(input.buildId === null && outcome !== "applied" ? {} : { build_id: input.buildId }),
    ...outputs,
  };
  await send(
    ctx,
    ctx.db
      .insertInto("install_targets")
      .values({ install_id: installId, org_id: ctx.orgId, target, ...values })
      .onConflict((conflict) => conflict.columns(["install_id", "target"]).doUpdateSet(values)),
  );
  await recordEvent(ctx, {
    subjectKind: "install",
    subjectId: installId,
    event: `target_${outcome}`,
    installId,
    workflowId: input.workflowId,
    data: { target, state, buildId: input.buildId },
  });
  if (outcome !== "failed")
    await clearDrift(ctx, { installId, target, workflowId: input.workflowId, by: `workflow ${input.workflowId} (${outcome})` });
  await rebuildState(ctx, { installId, cause: `${target} ${outcome}` });
}

/** An apply tells all outputs there are. A plan without changes may tell them too; where it does not, the ones on record stand. */
async function newOutputs(
  ctx: Ctx,
  input: { installId: string; target: string; jobId: string; outcome: TargetOutcome },
): Promise<{ outputs: string; sensitive_enc: Buffer | null } | undefined> {
  if (input.outcome === "removed") return { outputs: "{}", sensitive_enc: null };
  const { plain, sensitive } = await readJobOutputs({ ctx, jobId: input.jobId });
  const none = Object.keys(plain).length === 0 && Object.keys(sensitive).length === 0;
  if (input.outcome === "unchanged" && none) return undefined;
  return {
    outputs: toJsonb(plain),
    sensitive_enc: sealValues(ctx.system.vault, "target", `${input.installId}:${input.target}`, sensitive),
  };
}

/** Marks that an apply has begun to change a target: from now on something may stand, made by this build. What stood before keeps its state. */
export async function markTargetTouched(
  ctx: Ctx,
  input: { installId: string; workflowId: string; target: string; buildId: string | null },
): Promise<void> {
  const touched = ctx.db
    .insertInto("install_targets")
    .values({
      install_id: input.installId,
      org_id: ctx.orgId,
      target: input.target,
      state: "pending",
      build_id: input.buildId,
      workflow_id: input.workflowId,
      updated_at: ctx.system.now(),
    })
    .onConflict((conflict) =>
      conflict
        .columns(["install_id", "target"])
        .doUpdateSet({ state: "pending", build_id: input.buildId, workflow_id: input.workflowId })
        .where("install_targets.state", "=", "inactive"),
    );
  await send(ctx, touched);
}
