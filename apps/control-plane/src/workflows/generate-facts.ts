import type { AppConfig, ComponentType } from "@berth/toml-schema/app-config";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { findConfigById } from "../configs/find-by-id.ts";
import type { Ctx } from "../context.ts";
import type { GenerateFacts, Operation } from "./generate.ts";

/** Loads what the steps of an operation depend on: the config's graph and what stands. */
export async function loadGenerateFacts(
  ctx: Ctx,
  input: { installId: string; config: AppConfig; operation: Operation },
): Promise<GenerateFacts> {
  const { config } = input;
  // What stands is of no interest to an action, which is in a hurry.
  const rows = input.operation.type === "action_run" ? [] : await standing(ctx, input.installId);
  const known = new Set(config.components.map(({ name }) => `component:${name}`));
  const left = rows.filter((row) => row.target !== "sandbox" && !known.has(row.target) && row.state !== "inactive");
  return {
    graph: dependencyGraph(config),
    sandboxKind: config.sandbox.kind,
    components: Object.fromEntries(config.components.map(({ name, type }) => [name, type])),
    actions: config.actions,
    targets: Object.fromEntries(rows.map((row) => [row.target, row.state])),
    standing: await standingTypes(ctx, rows),
    orphans: await orphans(ctx, left),
  };
}

function standing(ctx: Ctx, installId: string) {
  return ctx.db
    .selectFrom("install_targets")
    .leftJoin("workflows", "workflows.id", "install_targets.workflow_id")
    .select(["install_targets.target", "install_targets.state", "workflows.app_config_id"])
    .where("install_targets.install_id", "=", installId)
    .execute();
}

/** What type each component was when it was last applied: another config may have changed it. */
async function standingTypes(ctx: Ctx, rows: { target: string; app_config_id: string | null }[]): Promise<GenerateFacts["standing"]> {
  const types: Record<string, ComponentType> = {};
  for (const { target, app_config_id: configId } of rows) {
    if (configId === null || target === "sandbox") continue;
    const config = await findConfigById(ctx, configId);
    const component = config.components.find(({ name }) => `component:${name}` === target);
    if (component) types[component.name] = component.type;
  }
  return types;
}

/** What components that have left the config depended on, by the config they were last applied with. */
async function orphans(ctx: Ctx, rows: { target: string; app_config_id: string | null }[]): Promise<GenerateFacts["orphans"]> {
  const ids = [...new Set(rows.flatMap((row) => (row.app_config_id === null ? [] : [row.app_config_id])))];
  if (ids.length === 0) return {};
  const configs = await ctx.db.selectFrom("app_configs").select(["id", "config"]).where("id", "in", ids).execute();
  return Object.fromEntries(
    rows.map((row) => {
      const name = row.target.slice("component:".length);
      const { config } = configs.find(({ id }) => id === row.app_config_id) ?? {};
      return [name, config?.components.find((component) => component.name === name)?.dependencies ?? []];
    }),
  );
}
