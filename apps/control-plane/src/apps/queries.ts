import type { Ctx } from "../context.ts";

/** The org's apps, each with its latest config version. */
export function selectApps(ctx: Ctx) {
  return ctx.db
    .selectFrom("apps")
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom("app_configs")
          .whereRef("app_configs.app_id", "=", "apps.id")
          .select(["app_configs.id as config_id", "app_configs.version as config_version", "app_configs.created_at as config_created_at"])
          .orderBy("app_configs.version", "desc")
          .limit(1)
          .as("latest"),
      (join) => join.onTrue(),
    )
    .select(["apps.id", "apps.name", "apps.display_name", "apps.created_at", "config_id", "config_version", "config_created_at"])
    .where("apps.org_id", "=", ctx.orgId);
}
