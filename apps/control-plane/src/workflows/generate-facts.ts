import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Health } from "@berth/toml-schema/config/components";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { needsBuild } from "../configs/targets.ts";
import type { Ctx } from "../context.ts";
import { probedComponents } from "../health/probed-components.ts";
import { probingRunners } from "../health/probing-runners.ts";
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
  const looked = hurry ? new Set<string>() : await lookedAt(ctx, input);
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
          {
            retries: maxAutoRetries,
            byPolicies: autoApproveOnPoliciesPassing,
            ...("health" in entity ? gateOf(entity.health, looked.has(target)) : {}),
          },
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

/** Targets that the install's runner looks at. One of before it knew how can't: nothing would come of waiting for it. */
async function lookedAt(ctx: Ctx, { installId, config }: { installId: string; config: AppConfig }): Promise<Set<string>> {
  const gated = probedComponents(config).filter(({ name }) => config.components.some((each) => each.name === name && each.health?.enabled));
  const byObjects =
    gated.some(({ readiness }) => readiness) && (await probingRunners(ctx, installId)).some(({ types }) => types.includes("kubernetes"));
  return new Set(
    gated.flatMap(({ name, probes, readiness }) => (probes.length > 0 || (readiness && byObjects) ? [`component:${name}`] : [])),
  );
}

/** A deploy waits for health where the component's config tells how that is judged. */
function gateOf(health: Health | undefined, probed: boolean): Pick<TargetControl, "verify"> {
  if (!health?.enabled) return {};
  const { stabilizationWindowSeconds: windowSeconds, blockDeploy: block, requiredChecks } = health;
  return {
    verify: {
      windowSeconds,
      block,
      ...(requiredChecks.length > 0 ? { requiredChecks } : {}),
      ...(probed ? { probed: true } : {}),
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
