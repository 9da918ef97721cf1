import type { AppConfig } from "@berth/toml-schema/app-config";
import { findConfigById } from "../configs/find-by-id.ts";
import type { Ctx } from "../context.ts";
import { loadTree } from "../installs/load-tree.ts";
import { openSpec, type SealedSpec } from "../jobs/spec.ts";
import { clusterOf } from "./cluster-of.ts";
import { overridesForPlan, renderOverrides } from "../overrides/for-plan.ts";
import { sensitiveTexts } from "../overrides/looks-sensitive.ts";
import type { BuildFact } from "./facts.ts";
import { installRegistryOf } from "./install-registry.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";
import { createRenderer, type Renderer } from "./render-text.ts";
import { artifactRef } from "./render/artifact-ref.ts";
import { planAgain } from "./render/plan-again.ts";
import { invalid, type RenderedJob } from "./render/rendered-job.ts";
import { pullSecretFor, withPullSecret } from "./render/pull-secret.ts";
import { specOf, type SpecInput, type Specified } from "./render/spec-of.ts";
import { terraformSpec } from "./render/terraform.ts";

/** The first job of a target, its plan or the copy of an image: its config rendered with the install's state, and the artifact its build made. */
export async function renderTarget(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; build: BuildFact | undefined },
): Promise<RenderedJob> {
  const { workflow, step, build } = input;
  const target = step.target ?? "";
  const destroy = step.params.destroy === true;
  const config = await findConfigById(
    ctx,
    destroy || step.params.asMade ? await configThatMade(ctx, workflow, target) : workflow.app_config_id,
  );
  const entity = entityOf(config, target);
  if (!entity) return invalid(`The app config has no ${target}`);

  const [{ tree, standIns, redact }, over] = await Promise.all([
    loadTree(ctx, { installId: workflow.install_id, config }),
    overridesForPlan(ctx, {
      installId: workflow.install_id,
      component: "type" in entity ? entity : undefined,
      standing: destroy || step.params.asMade === true,
    }),
  ]);
  const sensitive = { standIns, texts: redact };
  const render = createRenderer({ where: `${target} (${entity.file})`, tree, sensitive, now: ctx.system.now() });
  if ("failure" in over) return over;
  const renderOver = createRenderer({
    where: `${target} (berth installs overrides <install> ${target.replace("component:", "")})`,
    tree,
    sensitive,
    now: ctx.system.now(),
  });
  const overrides = renderOverrides(renderOver, over.overrides);
  const where = whereabouts(ctx, { config, tree, target, render, build });
  const given: Omit<SpecInput<unknown>, "entity"> = {
    target,
    destroy,
    render,
    overrides,
    artifact: where.artifact,
    cluster: where.cluster,
    build: { id: build?.id ?? "", found: build?.found ?? {} },
    workflowId: workflow.id,
    attempt: step.attempt + 1,
    runner: config.runner,
    publicHost: new URL(ctx.system.settings.publicUrl).host,
  };
  const before = step.params.asMade ? await planThatMade(ctx, workflow, target) : undefined;
  const made = before ? planAgain(before, where) : "type" in entity ? specOf({ ...given, entity }) : sandboxSpec(entity, given);
  const failure = before ? render.failure() : (render.failure() ?? renderOver.failure());
  if (failure) return { failure };
  if (!made) return invalid(`Nothing here can deploy ${target} (${entity.file})`);
  const pulls = destroy ? undefined : await pullSecretFor(ctx, { installId: workflow.install_id, entity, tree });
  const spec = withPullSecret(made.spec, pulls);
  const own = [...renderOver.derived(), ...sensitiveTexts(overrides)];
  const texts = [...redact, ...render.derived(), ...own, ...(before?.redact ?? []), ...where.secrets, ...(pulls ? [pulls.password] : [])];
  const note = made.note === undefined ? {} : { note: render.hide(made.note) };
  return {
    ...made,
    ...note,
    spec,
    target,
    redact: [...new Set(texts)],
    buildId: build?.id ?? null,
    overridesVersion: before ? before.overridesVersion : over.version,
  };
}

function sandboxSpec(sandbox: AppConfig["sandbox"], given: Omit<SpecInput<unknown>, "entity">): Specified | undefined {
  return sandbox.kind === "terraform" ? terraformSpec({ ...given, entity: sandbox }) : undefined;
}

function entityOf(config: AppConfig, target: string): AppConfig["sandbox"] | AppConfig["components"][number] | undefined {
  return target === "sandbox" ? config.sandbox : config.components.find(({ name }) => `component:${name}` === target);
}

/** Where a target's artifact comes from and where it goes, found out when its spec asks for it; what can't be found out is kept as the failure. */
function whereabouts(
  ctx: Ctx,
  input: { config: AppConfig; tree: Record<string, unknown>; target: string; render: Renderer; build: BuildFact | undefined },
): Pick<SpecInput<unknown>, "artifact" | "cluster"> & { secrets: string[] } {
  const { config, tree, target, render, build } = input;
  const secrets: string[] = [];
  const component = config.components.find(({ name }) => `component:${name}` === target);
  return {
    secrets,
    artifact() {
      const artifact = build?.artifact;
      if (!artifact) render.fail(invalid(`The build of ${target} has no artifact`).failure);
      // The sandbox is what makes the install's registry.
      const found = component ? installRegistryOf({ tree, component: component.name }) : { secrets: [] };
      if ("failure" in found) render.fail(found.failure);
      else secrets.push(...found.secrets);
      return artifactRef(ctx, artifact ?? { repository: "", digest: "" }, "registry" in found ? found.registry : undefined);
    },
    cluster() {
      const found = clusterOf({ config, tree, context: component?.kubernetesContext });
      if ("failure" in found) {
        render.fail(found.failure);
        return { kind: "ambient" };
      }
      secrets.push(...found.secrets);
      return found.cluster;
    },
  };
}

/** What the plan of what stands was given; undefined of what was deployed before that was kept. */
async function planThatMade(
  ctx: Ctx,
  workflow: WorkflowRow,
  target: string,
): Promise<(SealedSpec & { timeoutSeconds: number; overridesVersion: number | null }) | undefined> {
  const job = await ctx.db
    .selectFrom("install_targets")
    .innerJoin("jobs", "jobs.id", "install_targets.plan_job_id")
    .select(["jobs.id", "jobs.spec_enc", "jobs.timeout_seconds", "jobs.overrides_version"])
    .where("install_targets.install_id", "=", workflow.install_id)
    .where("install_targets.target", "=", target)
    .executeTakeFirst();
  if (!job) return undefined;
  const { timeout_seconds: timeoutSeconds, overrides_version: overridesVersion } = job;
  return { ...openSpec(ctx.system.vault, job.id, job.spec_enc), timeoutSeconds, overridesVersion };
}

/** A removal, and a look at what stands, use the config that the target was last applied with: the newer one may not know it any more, or want inputs it never had. */
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
