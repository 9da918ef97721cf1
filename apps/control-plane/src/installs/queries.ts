import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { findConfigById } from "../configs/find-by-id.ts";
import type { Ctx } from "../context.ts";
import type { Database, InstallState } from "../db/schema.ts";

export type InstallRow = Selectable<Database["installs"]>;

// By name, so that the statement can be prepared.
const installColumns = [
  "id",
  "org_id",
  "app_id",
  "app_config_id",
  "name",
  "state",
  "approve_all",
  "labels",
  "stack_outputs",
  "settings",
  "created_at",
  "forgotten_at",
] as const;

/** An install of the org that was not forgotten. @throws AppError `not_found` */
export async function findInstall(ctx: Ctx, installId: string, lock?: "lock"): Promise<InstallRow> {
  const row = await ctx.db
    .selectFrom("installs")
    .select(installColumns)
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", installId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("id", "=", ctx.onlyInstall ?? ""))
    .where("forgotten_at", "is", null)
    // Not a key update: workflows of the install may be inserted meanwhile.
    .$if(lock !== undefined, (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no install ${installId}`);
  return row;
}

/** The app config that an install is pinned to. @throws AppError `not_found` */
export async function findInstallConfig(
  ctx: Ctx,
  installId: string,
  lock?: "lock",
): Promise<{ id: string; config: AppConfig; state: InstallState }> {
  const row = await ctx.db
    .selectFrom("installs")
    .select(["app_config_id", "state"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", installId)
    .$if(lock !== undefined, (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no install ${installId}`);
  return { id: row.app_config_id, config: await findConfigById(ctx, row.app_config_id), state: row.state };
}
