import { sql } from "kysely";
import { AppError } from "@berth/kit/errors";
import type { AppConfig } from "@berth/toml-schema/app-config";
import type { Ctx, System } from "../context.ts";

/** What a process keeps of app configs, in bytes as stored: reading and parsing one takes longer than all the rest of starting an action. */
const maxBytes = 8 * 1024 * 1024;

type Entry = { orgId: string; config: AppConfig; bytes: number };

const caches = new WeakMap<System, Map<string, Entry>>();

/** An app config version by id; they never change, so the last ones used are kept in memory. Don't change what this gives. @throws AppError `not_found` */
export async function findConfigById(ctx: Ctx, appConfigId: string): Promise<AppConfig> {
  const cache = caches.get(ctx.system) ?? new Map<string, Entry>();
  caches.set(ctx.system, cache);
  const kept = cache.get(appConfigId);
  if (kept?.orgId === ctx.orgId) {
    cache.delete(appConfigId);
    cache.set(appConfigId, kept);
    return kept.config;
  }
  const row = await ctx.db
    .selectFrom("app_configs")
    .select(["config", sql<number>`octet_length(config::text)`.as("bytes")])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", appConfigId)
    .executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no app config ${appConfigId}`);
  cache.set(appConfigId, { orgId: ctx.orgId, config: row.config, bytes: row.bytes });
  let total = 0;
  for (const [id, { bytes }] of [...cache].toReversed()) {
    total += bytes;
    if (total > maxBytes) cache.delete(id);
  }
  return row.config;
}
