import { dependencyGraph } from "@berth/toml-schema/graph";
import { getApp } from "../apps/get.ts";
import { buildView, selectBuilds, type BuildView } from "../builds/view.ts";
import { latestConfig } from "../configs/queries.ts";
import { countOverridden } from "../overrides/read.ts";
import type { Ctx } from "../context.ts";

/** A component as the API shows it. */
export type ComponentView = {
  id: string;
  name: string;
  type: string;
  dependencies: string[];
  removed: boolean;
  overriddenOn: number;
  build?: BuildView;
  latestBuild?: BuildView;
};

/** An app's components in the order they deploy, removed ones last. @throws AppError `not_found` */
export async function listComponents({ ctx, input }: { ctx: Ctx; input: { appId: string } }): Promise<ComponentView[]> {
  const app = await getApp({ ctx, input });
  const config = await latestConfig(ctx, app.id);
  const graph = config && dependencyGraph(config.config);
  const rows = await ctx.db
    .selectFrom("components")
    .select(["id", "name", "type", "removed_at"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", app.id)
    .orderBy("name")
    .execute();
  const used = await selectBuilds(ctx)
    .innerJoin("app_config_targets", "app_config_targets.build_id", "builds.id")
    .where("app_config_targets.app_config_id", "=", config?.id ?? "")
    .execute();
  const latest = await selectBuilds(ctx)
    .distinctOn("builds.target")
    .where("builds.app_id", "=", app.id)
    .orderBy("builds.target")
    .orderBy("builds.created_at", "desc")
    .orderBy("builds.id", "desc")
    .execute();
  const overridden = await countOverridden(ctx, app.id);
  const usedBy = new Map(used.map((row) => [row.target, buildView(row)]));
  const latestOf = new Map(latest.map((row) => [row.target, buildView(row)]));
  const position = new Map((graph?.order ?? []).map((name, index) => [name, index]));
  return rows
    .map((row) => {
      const target = `component:${row.name}`;
      const [build, latestBuild] = [usedBy.get(target), latestOf.get(target)];
      return {
        id: row.id,
        name: row.name,
        type: row.type,
        dependencies: graph?.dependencies(row.name) ?? [],
        removed: row.removed_at !== null,
        overriddenOn: overridden.get(row.name) ?? 0,
        ...(build ? { build } : {}),
        ...(latestBuild ? { latestBuild } : {}),
      };
    })
    .toSorted((a, b) => (position.get(a.name) ?? Infinity) - (position.get(b.name) ?? Infinity) || (a.name < b.name ? -1 : 1));
}
