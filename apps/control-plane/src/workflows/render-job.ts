import type { Failure } from "@berth/protocol/job-result";
import type { ArtifactRef, JobSpec, TerraformPlanSpec } from "@berth/protocol/job-spec";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { findConfigById } from "../configs/find-by-id.ts";
import type { Ctx } from "../context.ts";
import { loadTree } from "../installs/load-tree.ts";
import { openSpec } from "../jobs/spec.ts";
import type { BuildFact, StepFact } from "./facts.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";
import { createRenderer } from "./render-text.ts";

/** What a step's job is made of, or why it can't be. */
export type RenderedJob =
  | { spec: JobSpec; target?: string; redact: string[]; timeoutSeconds: number; planDigest?: string; buildId: string | null }
  | { failure: Failure };

/** What a run of an action adds to its config. */
export type RunInput = { runId: string; env: Record<string, string> };

const defaultTimeoutSeconds = 3600;

/** The plan job of a target: its config rendered with the install's state, and the artifact its build made. */
export async function renderPlan(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; build: BuildFact | undefined },
): Promise<RenderedJob> {
  const { workflow, step, build } = input;
  const target = step.target ?? "";
  const destroy = step.params.destroy === true;
  const config = await findConfigById(ctx, destroy ? await configThatMade(ctx, workflow, target) : workflow.app_config_id);
  const entity = terraformEntity(config, target);
  if (!entity) return invalid(`The app config has no Terraform ${target}`);
  if (!build?.artifact) return invalid(`The build of ${target} has no artifact`);

  const { tree, redact } = await loadTree(ctx, { installId: workflow.install_id, config });
  const render = createRenderer({ where: `${target} (${entity.file})`, tree, now: ctx.system.now() });
  const spec: TerraformPlanSpec = {
    kind: "terraform.plan",
    target,
    artifact: artifactRef(ctx, build.artifact),
    terraformVersion: render.text(entity.terraformVersion, "terraform_version"),
    vars: render.map(entity.vars, "vars"),
    varFiles: entity.varFiles.map((text, index) => render.text(text, `variables file ${index + 1}`)),
    envVars: render.map(entity.envVars, "env_vars"),
    destroy,
  };
  const failure = render.failure();
  if (failure) return { failure };
  return { spec, target, redact, timeoutSeconds: entity.timeoutSeconds, buildId: build.id };
}

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
  if (spec.kind !== "terraform.plan") return invalid(`${planStep.key} is not a plan`);
  return {
    spec: { ...spec, kind: "terraform.apply", plan: { digest: plan.digest, size: plan.size } },
    target: spec.target,
    redact,
    timeoutSeconds: job.timeout_seconds,
    planDigest,
    buildId: planStep.build_id,
  };
}

/** The job of an action: commands, scripts and environment rendered, each step with its packed sources. */
export async function renderAction(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; run: RunInput; builds: StepFact["builds"] },
): Promise<RenderedJob> {
  const { workflow, step, run } = input;
  const name = step.params.action ?? "";
  const config = await findConfigById(ctx, workflow.app_config_id);
  const action = config.actions.find((candidate) => candidate.name === name);
  if (!action) return invalid(`The app config has no action "${name}"`);
  if (action.image !== undefined) return invalid(`Action "${name}" runs in an image, which runners can't do`);
  if (action.steps.length === 0) return invalid(`Action "${name}" has no steps`);
  // They are done: the decider waits for them.
  const sources = new Map(input.builds.map(({ target, build }) => [target, build?.artifact]));
  const { tree, redact } = await loadTree(ctx, { installId: workflow.install_id, config });
  const render = createRenderer({ where: `action "${name}" (${action.file})`, tree, now: ctx.system.now() });
  const steps = action.steps.map((each) => {
    const source = sources.get(`action:${name}/${each.name}`);
    return {
      name: each.name,
      // What somebody gave for this run wins over the config's own.
      envVars: { ...render.map(each.envVars, `steps.${each.name}.env_vars`), ...run.env },
      ...(each.command === undefined ? {} : { command: render.text(each.command, `steps.${each.name}.command`) }),
      ...(each.inlineContents === undefined
        ? {}
        : { inlineContents: render.text(each.inlineContents, `steps.${each.name}.inline_contents`) }),
      ...(source ? { source: artifactRef(ctx, source) } : {}),
    };
  });
  const failure = render.failure();
  if (failure) return { failure };
  return {
    spec: {
      kind: "action.run",
      action: name,
      runId: run.runId,
      trigger: step.params.trigger ?? "manual",
      envVars: runEnv(ctx, workflow, step),
      steps,
    },
    redact,
    timeoutSeconds: action.timeoutSeconds || defaultTimeoutSeconds,
    buildId: null,
  };
}

/** What every action finds in its environment; the `NUON_` names are those that scripts in the field read. */
function runEnv(ctx: Ctx, workflow: WorkflowRow, step: StepRow): Record<string, string> {
  const component = step.params.branch?.slice("component:".length);
  return {
    BERTH_ORG_ID: ctx.orgId,
    BERTH_INSTALL_ID: workflow.install_id,
    NUON_ORG_ID: ctx.orgId,
    NUON_INSTALL_ID: workflow.install_id,
    TRIGGER_TYPE: step.params.trigger ?? "manual",
    FLOW_TYPE: workflow.operation,
    FLOW_ID: workflow.id,
    INSTALL_WORKFLOW_TYPE: workflow.operation,
    INSTALL_WORKFLOW_ID: workflow.id,
    ...(component === undefined ? {} : { COMPONENT_NAME: component }),
  };
}

type TerraformEntity = {
  file: string;
  terraformVersion: string;
  vars: Record<string, string>;
  varFiles: string[];
  envVars: Record<string, string>;
  timeoutSeconds: number;
};

function terraformEntity(config: AppConfig, target: string): TerraformEntity | undefined {
  if (target === "sandbox")
    return config.sandbox.kind === "terraform" ? { ...config.sandbox, timeoutSeconds: defaultTimeoutSeconds } : undefined;
  const component = config.components.find(({ name }) => `component:${name}` === target);
  return component?.type === "terraform_module"
    ? { ...component, timeoutSeconds: component.deployTimeoutSeconds || defaultTimeoutSeconds }
    : undefined;
}

/** A removal uses the config that the target was last applied with: the newer one may not know it any more, or want inputs it never had. */
async function configThatMade(ctx: Ctx, workflow: WorkflowRow, target: string): Promise<string> {
  const row = await ctx.db
    .selectFrom("install_targets")
    .innerJoin("workflows", "workflows.id", "install_targets.workflow_id")
    .select("workflows.app_config_id")
    .where("install_targets.install_id", "=", workflow.install_id)
    .where("install_targets.target", "=", target)
    .executeTakeFirst();
  return row?.app_config_id ?? workflow.app_config_id;
}

/** Where an artifact is pulled from; the token is added when the job is handed to a runner. */
function artifactRef(ctx: Ctx, artifact: NonNullable<BuildFact["artifact"]>): ArtifactRef {
  // An external registry is reached through the control plane, too: runners need one way out, and no credentials of the operator's.
  return { registryUrl: ctx.system.settings.publicUrl, ...artifact };
}

function invalid(detail: string): { failure: Failure } {
  return { failure: { reason: "spec_invalid", detail } };
}
