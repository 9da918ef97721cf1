import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Health } from "@berth/toml-schema/config/components";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { needsBuild } from "../configs/targets.ts";
import type { Ctx } from "../context.ts";
import { disabledComponents } from "../installs/toggles.ts";
import { secretFacts } from "../secrets/facts.ts";
import { wroteSecrets } from "../secrets/rows.ts";
import type { ComponentAsMade, GenerateFacts, Operation, TargetControl } from "./generate.ts";

/** Loads what the steps of an operation depend on: the config's graph, what stands and how it was made. */
export async function loadGenerateFacts(
  ctx: Ctx,
  input: { installId: string; configId: string; config: AppConfig; operation: Operation },
): Promise<GenerateFacts> {
  const { config } = input;
  // What stands is of no interest to an action, which is in a hurry.
  const hurry = input.operation.type === "action_run" || input.operation.type === "adhoc_action";
  const rows = hurry ? [] : await standing(ctx, input.installId);
  const made = await componentsAsMade(ctx, input, rows);
  const known = new Set(config.components.map(({ name }) => name));
  return {
    graph: dependencyGraph(config),
    sandboxKind: config.sandbox.kind,
    components: Object.fromEntries(config.components.map(({ name, type }) => [name, type])),
    actions: config.actions,
    runbooks: config.runbooks,
    toggleable: config.components.flatMap(({ name, toggleable }) => (toggleable ? [name] : [])),
    disabled: hurry ? [] : await disabledComponents(ctx, input),
    control: Object.fromEntries(
      [{ ...config.sandbox, target: "sandbox" }, ...config.components.map((each) => ({ ...each, target: `component:${each.name}` }))].map(
        ({ target, maxAutoRetries, autoApproveOnPoliciesPassing, ...entity }) => [
          target,
          { retries: maxAutoRetries, byPolicies: autoApproveOnPoliciesPassing, ...gateOf("health" in entity ? entity.health : undefined) },
        ],
      ),
    ),
    targets: Object.fromEntries(rows.map((row) => [row.target, row.state])),
    orphans: Object.fromEntries([...made].flatMap(([name, { dependencies }]) => (known.has(name) ? [] : [[name, dependencies]]))),
    made: Object.fromEntries([...made].flatMap(([name, { as }]) => (as ? [[name, as]] : []))),
    unbuilt: config.components.flatMap((component) => (needsBuild(component) ? [] : [component.name])),
    secrets: secretFacts(config.secrets, hurry ? false : await wroteSecrets(ctx, input.installId)),
  };
}

/** A deploy waits for health where the component's config tells how that is judged. */
function gateOf(health: Health | undefined): Pick<TargetControl, "verify"> {
  if (!health?.enabled) return {};
  const { stabilizationWindowSeconds: windowSeconds, blockDeploy: block, requiredChecks, probes } = health;
  return {
    verify: {
      windowSeconds,
      block,
      ...(requiredChecks.length > 0 ? { requiredChecks } : {}),
      ...(probes.length > 0 ? { probed: true } : {}),
    },
  };
}

type Row = Awaited<ReturnType<typeof standing>>[number];

function standing(ctx: Ctx, installId: string) {
  return ctx.db
    .selectFrom("install_targets")
    .leftJoin("workflows", "workflows.id", "install_targets.workflow_id")
    .select(["install_targets.target", "install_targets.state", "workflows.app_config_id"])
    .where("install_targets.install_id", "=", installId)
    .execute();
}

/** Components that stand, by the config they were last applied with: what they depended on, and what they were where that config knows. */
async function componentsAsMade(
  ctx: Ctx,
  current: { configId: string; config: AppConfig },
  rows: readonly Row[],
): Promise<Map<string, { dependencies: readonly string[]; as?: ComponentAsMade }>> {
  const left = rows.filter((row) => row.target !== "sandbox" && row.state !== "inactive");
  const ids = [...new Set(left.flatMap((row) => (row.app_config_id === null ? [] : [row.app_config_id])))];
  const others = ids.filter((id) => id !== current.configId);
  const loaded =
    others.length === 0 ? [] : await ctx.db.selectFrom("app_configs").select(["id", "config"]).where("id", "in", others).execute();
  const configs = new Map([[current.configId, current.config], ...loaded.map(({ id, config }) => [id, config] as const)]);
  return new Map(
    left.map((row): [string, { dependencies: readonly string[]; as?: ComponentAsMade }] => {
      const name = row.target.slice("component:".length);
      const component = configs.get(row.app_config_id ?? "")?.components.find((each) => each.name === name);
      if (!component) return [name, { dependencies: [] }];
      return [name, { dependencies: component.dependencies, as: { type: component.type, unbuilt: !needsBuild(component) } }];
    }),
  );
}
