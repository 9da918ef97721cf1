import { diffConfigs, type ConfigDiff } from "@berth/toml-schema/config-diff";
import { getApp } from "../apps/get.ts";
import type { Ctx } from "../context.ts";
import { sourceChange } from "./decide-builds.ts";
import { findConfig, type ConfigRow } from "./queries.ts";

/** What differs between two versions of an app's config. */
export type ConfigComparison = { from?: number; to: number; empty: boolean; changes: string[]; diff: Omit<ConfigDiff, "empty" | "words"> };

/** Compares a version with another one, or with the one before it. Sources that moved count too. @throws AppError `not_found` */
export async function compareConfigs({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { appId: string; version: string; from?: string | undefined };
}): Promise<ConfigComparison> {
  const app = await getApp({ ctx, input });
  const to = await findConfig(ctx, { appId: app.id, version: input.version });
  const from = await fromOf(ctx, app.id, to, input.from);
  const { empty: _empty, words, ...diff } = diffConfigs(from?.config, to.config);
  const changes = [...words, ...(from ? movedSources(from, to) : [])];
  return { ...(from ? { from: from.version } : {}), to: to.version, empty: from !== undefined && changes.length === 0, changes, diff };
}

async function fromOf(ctx: Ctx, appId: string, to: ConfigRow, from: string | undefined): Promise<ConfigRow | undefined> {
  if (from !== undefined) return findConfig(ctx, { appId, version: from });
  return to.version > 1 ? findConfig(ctx, { appId, version: String(to.version - 1) }) : undefined;
}

function movedSources(from: ConfigRow, to: ConfigRow): string[] {
  return Object.entries(to.sources).flatMap(([target, source]) => {
    const old = from.sources[target];
    return old && old.tree !== source.tree ? [`${target}: ${sourceChange(old, source)} (${source.ref})`] : [];
  });
}
