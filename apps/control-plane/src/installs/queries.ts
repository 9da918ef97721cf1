import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";

export type InstallRow = Selectable<Database["installs"]>;

/** An install of the org that was not forgotten. @throws AppError `not_found` */
export async function findInstall(ctx: Ctx, installId: string, lock?: "lock"): Promise<InstallRow> {
  const row = await ctx.db
    .selectFrom("installs")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", installId)
    .where("forgotten_at", "is", null)
    // Not a key update: workflows of the install may be inserted meanwhile.
    .$if(lock !== undefined, (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no install ${installId}`);
  return row;
}

/** The app config that an install is pinned to. @throws AppError `not_found` */
export async function findInstallConfig(ctx: Ctx, installId: string): Promise<{ id: string; config: AppConfig }> {
  const row = await ctx.db
    .selectFrom("installs")
    .innerJoin("app_configs", "app_configs.id", "installs.app_config_id")
    .select(["app_configs.id", "app_configs.config"])
    .where("installs.org_id", "=", ctx.orgId)
    .where("installs.id", "=", installId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no install ${installId}`);
  return row;
}

/** An app config by id. Inside the org of the context. @throws AppError `not_found` */
export async function findConfigById(ctx: Ctx, appConfigId: string): Promise<AppConfig> {
  const row = await ctx.db
    .selectFrom("app_configs")
    .select("config")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", appConfigId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no app config ${appConfigId}`);
  return row.config;
}
