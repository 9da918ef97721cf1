import { getApp } from "../apps/get.ts";
import { buildView, selectBuilds } from "../builds/view.ts";
import type { Ctx } from "../context.ts";
import { findConfig } from "./queries.ts";
import { configSummary, type ConfigDetail } from "./view.ts";

/** A config version by number, id or `latest`, with its sources and the builds it uses. @throws AppError `not_found` */
export async function getConfig({ ctx, input }: { ctx: Ctx; input: { appId: string; version: string } }): Promise<ConfigDetail> {
  const app = await getApp({ ctx, input });
  const row = await findConfig(ctx, { appId: app.id, version: input.version });
  const targets = await ctx.db
    .selectFrom("app_config_targets")
    .select(["target", "checksum", "build_id"])
    .where("org_id", "=", ctx.orgId)
    .where("app_config_id", "=", row.id)
    .orderBy("target")
    .execute();
  const ids = targets.flatMap(({ build_id: id }) => (id === null ? [] : [id]));
  const builds = ids.length === 0 ? [] : await selectBuilds(ctx).where("builds.id", "in", ids).execute();
  const byId = new Map(builds.map((build) => [build.id, buildView(build)]));
  return {
    ...configSummary(row),
    config: row.config,
    targets: targets.map(({ target, checksum, build_id: buildId }) => {
      const source = row.sources[target];
      const build = buildId === null ? undefined : byId.get(buildId);
      return { target, checksum, ...(source ? { source } : {}), ...(build ? { build } : {}) };
    }),
  };
}
