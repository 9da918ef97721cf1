import type { Selectable } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import type { Database } from "../db/schema.ts";

export type ConfigRow = Selectable<Database["app_configs"]>;

/** The version that was synced last, or undefined. */
export function latestConfig(ctx: Ctx, appId: string): Promise<ConfigRow | undefined> {
  return ctx.db
    .selectFrom("app_configs")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", appId)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** A version by its number, its id or `latest`. @throws AppError `not_found` */
export async function findConfig(ctx: Ctx, input: { appId: string; version: string }): Promise<ConfigRow> {
  const { appId, version } = input;
  if (version === "latest") {
    const latest = await latestConfig(ctx, appId);
    if (latest) return latest;
  }
  const number = /^\d{1,9}$/.test(version) ? Number(version) : -1;
  const row = await ctx.db
    .selectFrom("app_configs")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", appId)
    .where((eb) => eb.or([eb("id", "=", version), eb("version", "=", number)]))
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `The app has no config version ${version}`);
  return row;
}
