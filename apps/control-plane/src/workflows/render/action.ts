import type { Ctx } from "../../context.ts";
import { actionOfAdhoc, readAdhoc } from "../../actions/adhoc.ts";
import { findConfigById } from "../../configs/find-by-id.ts";
import { loadTree } from "../../installs/load-tree.ts";
import { clusterOf } from "../cluster-of.ts";
import type { StepFact } from "../facts.ts";
import type { StepRow, WorkflowRow } from "../queries.ts";
import { askedByRunbook } from "../runbook-step.ts";
import { createRenderer } from "../render-text.ts";
import { renderSteps } from "./action-steps.ts";
import { artifactRef } from "./artifact-ref.ts";
import { invalid, type RenderedJob } from "./rendered-job.ts";

/** What a run of an action adds to its config. */
export type RunInput = { runId: string; env: Record<string, string> };

/** The job of an action: commands, scripts and environment rendered, each step with its packed sources. */
export async function renderAction(
  ctx: Ctx,
  input: { workflow: WorkflowRow; step: StepRow; run: RunInput; builds: StepFact["builds"] },
): Promise<RenderedJob> {
  const { workflow, step, run } = input;
  const name = step.params.action ?? "";
  const config = await findConfigById(ctx, workflow.app_config_id);
  const asked = await askedByRunbook(ctx, { workflow, step, config });
  const adhoc = step.params.adhoc ? await readAdhoc(ctx, workflow.id) : undefined;
  const action = adhoc ? actionOfAdhoc(adhoc) : (config.actions.find((candidate) => candidate.name === name) ?? asked?.script);
  if (!action) return invalid(`The app config has no action "${name}"`);
  if (action.image !== undefined) return invalid(`Action "${name}" runs in an image, which runners can't do`);
  if (action.steps.length === 0) return invalid(`Action "${name}" has no steps`);
  // They are done: the decider waits for them.
  const sources = new Map(input.builds.map(({ target, build }) => [target, build?.artifact]));
  const { tree, standIns, redact } = await loadTree(ctx, { installId: workflow.install_id, config });
  const found = action.enableKubeConfig ? clusterOf({ config, tree, context: action.kubernetesContext }) : undefined;
  if (found && "failure" in found) return found;
  const render = createRenderer({
    where: `action "${name}" (${action.file})`,
    tree,
    now: ctx.system.now(),
    sensitive: { standIns, texts: [...redact, ...(asked?.secrets ?? [])], ...(asked ? { runbookInputs: asked.standIns } : {}) },
    ...(asked ? { runbookInputs: asked.inputs } : {}),
  });
  const given = { ...(asked ? render.map(asked.envVars, "env_vars of the runbook's step") : {}), ...run.env };
  const steps = renderSteps(render, action.steps).map((each) => {
    const source = sources.get(`action:${name}/${each.name}`);
    // What somebody gave for this run wins over the config's own.
    return { ...each, envVars: { ...each.envVars, ...given }, ...(source ? { source: artifactRef(ctx, source) } : {}) };
  });
  const failure = render.failure();
  if (failure) return { failure };
  return {
    spec: {
      kind: "action.run",
      action: name,
      runId: run.runId,
      trigger: step.params.trigger ?? "manual",
      envVars: runEnv(tree, workflow, step),
      steps,
      ...(found ? { cluster: found.cluster } : {}),
    },
    redact: [...new Set([...redact, ...render.derived(), ...(found?.secrets ?? []), ...(asked?.secrets ?? [])])],
    timeoutSeconds: asked?.timeoutSeconds ?? (action.timeoutSeconds || 3600),
    buildId: null,
  };
}

/** What every action finds in its environment; the `NUON_` names are those that scripts in the field read. */
function runEnv(tree: Tree, workflow: WorkflowRow, step: StepRow): Record<string, string> {
  const component = step.params.branch?.slice("component:".length);
  const id = component === undefined ? undefined : idOf((tree["components"] as Tree | undefined)?.[component]);
  return {
    ...installEnv(tree),
    TRIGGER_TYPE: step.params.trigger ?? "manual",
    FLOW_TYPE: workflow.operation,
    FLOW_ID: workflow.id,
    INSTALL_WORKFLOW_TYPE: workflow.operation,
    INSTALL_WORKFLOW_ID: workflow.id,
    ...(component === undefined ? {} : { COMPONENT_NAME: component }),
    ...(id === undefined ? {} : { COMPONENT_ID: id }),
  };
}

type Tree = Record<string, unknown>;

/** What an action finds of its install, whoever starts it. */
export function installEnv(tree: Tree): Record<string, string> {
  const ids = { ORG_ID: idOf(tree["org"]), APP_ID: idOf(tree["app"]), INSTALL_ID: idOf(tree["install"]) };
  return Object.fromEntries(
    ["BERTH_", "NUON_"].flatMap((prefix) => Object.entries(ids).map(([name, id]) => [`${prefix}${name}`, id ?? ""] as const)),
  );
}

function idOf(entity: unknown): string | undefined {
  const id = (entity as { id?: unknown } | undefined)?.id;
  return typeof id === "string" ? id : undefined;
}
