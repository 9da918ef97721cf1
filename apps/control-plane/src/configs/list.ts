import { getApp } from "../apps/get.ts";
import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { configSummary, type ConfigSummary } from "./view.ts";

/** The versions of an app's config, newest first. @throws AppError `not_found` */
export async function listConfigs({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { appId: string; cursor?: string | undefined; limit: number };
}): Promise<{ items: ConfigSummary[]; next?: string }> {
  const [below] = decodeCursor(input.cursor, ["number"]) ?? [];
  const app = await getApp({ ctx, input });
  const rows = await ctx.db
    .selectFrom("app_configs")
    .select(["id", "app_id", "version", "checksum", "created_by", "created_at"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", app.id)
    .$if(below !== undefined, (query) => query.where("version", "<", below!))
    .orderBy("version", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.version], toItem: configSummary });
}
