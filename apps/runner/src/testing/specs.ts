import type { ActionRunSpec, ArtifactRef, TerraformApplySpec, TerraformPlanSpec } from "@berth/protocol/job-spec";
import type { PlanSummary } from "@berth/protocol/job-result";

/** An action of one inline script, or of several. */
export function actionSpec(...scripts: string[]): ActionRunSpec {
  return {
    kind: "action.run",
    action: "check",
    runId: "acr1",
    trigger: "manual",
    envVars: {},
    steps: scripts.map((inlineContents, index) => ({ name: `step${index + 1}`, inlineContents, envVars: {} })),
  };
}

type Common = { artifact: ArtifactRef; vars?: Record<string, unknown>; varFiles?: string[]; target?: string; terraformVersion?: string };

/** A plan of a module. */
export function planSpec(input: Common & { destroy?: boolean }): TerraformPlanSpec {
  return {
    kind: "terraform.plan",
    target: input.target ?? "component:api",
    artifact: input.artifact,
    terraformVersion: input.terraformVersion ?? ">= 1.0",
    vars: input.vars ?? {},
    varFiles: input.varFiles ?? [],
    envVars: {},
    destroy: input.destroy ?? false,
  };
}

/** The apply of a plan that was made. */
export function applySpec(plan: TerraformPlanSpec, made: PlanSummary): TerraformApplySpec {
  return { ...plan, kind: "terraform.apply", plan: { digest: made.digest, size: made.size } };
}
