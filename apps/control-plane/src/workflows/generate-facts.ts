import type { AppConfig } from "@berth/toml-schema/app-config";
import { dependencyGraph } from "@berth/toml-schema/graph";
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
