import type { Component } from "@berth/toml-schema/app-config";
import { findConfigById } from "../../configs/find-by-id.ts";
import type { Ctx } from "../../context.ts";
import { loadTree } from "../../installs/load-tree.ts";
import type { BuildFact } from "../facts.ts";
import type { StepRow, WorkflowRow } from "../queries.ts";
import { createRenderer } from "../render-text.ts";
import { renderHelm } from "./helm.ts";
import { renderImage } from "./image.ts";
import { installRegistry } from "./install-registry.ts";
import { renderOneOffJob } from "./job.ts";
import { renderManifest } from "./manifest.ts";
import { defaultTimeoutSeconds, invalid, type RenderedJob, type RenderedSpec, type RenderInput } from "./rendered.ts";
import { renderTerraform } from "./terraform.ts";

/** The first job of a target, a plan or the copy of an image: its config rendered with the install's state, and the artifact its build made. */
export async function renderPlan(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; build: BuildFact | undefined },
): Promise<RenderedJob> {
  const { workflow, step, build } = input;
  const target = step.target ?? "";
  const destroy = step.params.destroy === true;
  const config = await findConfigById(ctx, destroy ? await configThatMade(ctx, workflow, target) : workflow.app_config_id);
  const component = config.components.find(({ name }) => `component:${name}` === target);
  const entity = target === "sandbox" ? config.sandbox : component;
  if (!entity) return invalid(`The app config has no ${target}`);

  const { tree, redact } = await loadTree(ctx, { installId: workflow.install_id, config });
  const render = createRenderer({ where: `${target} (${entity.file})`, tree, now: ctx.system.now() });
  const registry = target === "sandbox" ? undefined : installRegistry(tree, component?.name ?? "");
  if (registry && "problem" in registry) return invalid(registry.problem);
  const given = { ctx, workflow, step, config, tree, render, build, registry, target, destroy };
  const rendered = component ? renderComponent(given, component) : renderSandbox(given);
  const failure = render.failure() ?? ("failure" in rendered ? rendered.failure : undefined);
  if (failure || "failure" in rendered) return { failure: failure ?? invalid("").failure };
  const access = "cluster" in rendered.spec && rendered.spec.cluster?.kind === "kubeconfig" ? [rendered.spec.cluster.contents] : [];
  const password = registry?.kind === "plain" && registry.password !== undefined ? [registry.password] : [];
  return { ...rendered, target, redact: [...redact, ...access, ...password], buildId: build?.id ?? null };
}

function renderSandbox(given: RenderInput): RenderedSpec {
  const { sandbox } = given.config;
  if (sandbox.kind !== "terraform") return invalid(`The app config has no Terraform ${given.target}`);
  return renderTerraform(given, { ...sandbox, timeoutSeconds: defaultTimeoutSeconds });
}

function renderComponent(given: RenderInput, component: Component): RenderedSpec {
  switch (component.type) {
    case "terraform_module":
      return renderTerraform(given, { ...component, timeoutSeconds: component.deployTimeoutSeconds || defaultTimeoutSeconds });
    case "helm_chart":
      return renderHelm(given, component);
    case "kubernetes_manifest":
      return renderManifest(given, component);
    case "job":
      return renderOneOffJob(given, component);
    case "container_image":
    case "docker_build":
      return renderImage(given, component);
    case "pulumi":
      return invalid("Components of type pulumi can't be deployed yet");
  }
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
