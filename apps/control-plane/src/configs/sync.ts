import type { AppConfig } from "@berth/toml-schema/app-config";
import { diffConfigs } from "@berth/toml-schema/config-diff";
import { getApp } from "../apps/get.ts";
import { transact, type Ctx } from "../context.ts";
import type { ResolvedSource } from "../db/schema.ts";
import { invalidConfig, problem, readConfig } from "./check.ts";
import { decideBuild, sourceChange, type BuildDecision } from "./decide-builds.ts";
import { gatherFacts } from "./gather-facts.ts";
import { latestConfig, type ConfigRow } from "./queries.ts";
import { resolveSources } from "./resolve-sources.ts";
import { storeConfig, useNewBuilds } from "./store.ts";
import { buildTargets, unbuiltParts, type BuildTarget, type UnbuiltPart } from "./targets.ts";

/** A part of the config and what the sync does about it: `none`, without build and source, where nothing is built of it. */
export type SyncedTarget = {
  target: string;
  action: "build" | "reuse" | "none";
  why: string;
  checksum: string;
  buildId?: string;
  source?: ResolvedSource;
  /** With `none`: whether it is deployed as the config has it, or not at all yet. */
  deployable?: boolean;
};

/** What a sync did, or with `dryRun` would do. */
export type SyncResult = {
  /** The config version; absent where a dry run would make one. */
  id?: string;
  version: number;
  changed: boolean;
  dryRun: boolean;
  changes: string[];
  targets: SyncedTarget[];
  summary: string;
};

/**
 * Takes in an app's config: checks it, looks up its sources, stores an immutable version and starts the builds it needs; all of it or nothing.
 * The whole of the config is stored, with the parts that can't be deployed yet. What has not changed since the version before keeps its build. Where nothing has changed at all, the version before is the result;
 * a build of it that failed or was cancelled is made again.
 * @throws AppError `invalid_config` with `diagnostics`, `not_found` for the app, `upstream_failed` where a git host cannot be reached
 */
export async function syncConfig({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { appId: string; config: unknown; dryRun: boolean; signal?: AbortSignal | undefined };
}): Promise<SyncResult> {
  const app = await getApp({ ctx, input });
  const config = readConfig(input.config);
  const targets = buildTargets(config);
  const { sources, problems } = await resolveSources({ ctx, targets, signal: input.signal });
  if (problems.length > 0) {
    throw invalidConfig(problems.map(({ target, message }) => problem(target.file, "source_unusable", `${target.label}: ${message}`)));
  }
  return applyConfig({ ctx, appId: app.id, config, targets, sources, forced: new Set(), dryRun: input.dryRun });
}

/**
 * The part of a sync that needs no git: compares with the latest version and stores what is new. Syncs of one app wait for each other here.
 * @param input.forced targets to build whatever there is
 */
export async function applyConfig(input: {
  ctx: Ctx;
  appId: string;
  config: AppConfig;
  targets: BuildTarget[];
  sources: ReadonlyMap<string, ResolvedSource>;
  forced: ReadonlySet<string>;
  dryRun: boolean;
}): Promise<SyncResult> {
  const { appId, config, dryRun } = input;
  const work = async (ctx: Ctx): Promise<SyncResult> => {
    if (!dryRun) await ctx.db.selectFrom("apps").select("id").where("id", "=", appId).forUpdate().execute();
    const before = await latestConfig(ctx, appId);
    const facts = await gatherFacts({ ...input, ctx, before });
    const decisions = facts.map(decideBuild);
    const changes = describe({ before, config, targets: input.targets, decisions });
    const changed = !before || changes.length > 0;
    const unbuilt = unbuiltParts(config);
    const outcomeOf = (withBuilds: readonly (BuildDecision & { buildId?: string })[]): Pick<SyncResult, "targets" | "summary"> =>
      outcome({ changed, decisions, withBuilds, unbuilt });
    const result = { version: (before?.version ?? 0) + (changed ? 1 : 0), changed, dryRun, changes };
    if (dryRun) {
      return { ...result, ...(changed || !before ? {} : { id: before.id }), ...outcomeOf(decisions) };
    }
    if (before && !changed) {
      const used = await useNewBuilds({ ctx, appId, configId: before.id, decisions, forced: input.forced });
      return { ...result, id: before.id, ...outcomeOf(used) };
    }
    const stored = await storeConfig({ ctx, appId, version: result.version, config, decisions, changes });
    return { ...result, id: stored.id, ...outcomeOf(stored.targets) };
  };
  return dryRun ? work(input.ctx) : transact(input.ctx, work);
}

/** Differences of the config in words, then those of sources alone. */
function describe(input: {
  before: ConfigRow | undefined;
  config: AppConfig;
  targets: readonly BuildTarget[];
  decisions: readonly BuildDecision[];
}): string[] {
  const { before } = input;
  const { words } = diffConfigs(before?.config, input.config);
  if (!before) return words;
  const labels = new Map(input.targets.map(({ target, label }) => [target, label]));
  const moved = input.decisions.flatMap(({ target, source }) => {
    const old = before.sources[target];
    return old && source && old.tree !== source.tree ? [`${labels.get(target)}: ${sourceChange(old, source)} (${source.ref})`] : [];
  });
  return [...words, ...moved];
}

function outcome(input: {
  changed: boolean;
  decisions: readonly BuildDecision[];
  withBuilds: readonly (BuildDecision & { buildId?: string })[];
  unbuilt: readonly UnbuiltPart[];
}): Pick<SyncResult, "targets" | "summary"> {
  const { changed, decisions, unbuilt } = input;
  const builds = decisions.filter(({ action }) => action === "build").length;
  const counts = [`${builds} to build`, `${decisions.length - builds} reused`];
  const without = unbuilt.filter((part) => part.deployable).length;
  if (without > 0) counts.push(`${without} without a build`);
  if (unbuilt.length > without) counts.push(`${unbuilt.length - without} not deployable yet`);
  const built = input.withBuilds.map(({ target, action, why, buildId, checksum, source }) => ({
    target,
    action,
    why,
    checksum,
    ...(source ? { source } : {}),
    ...(buildId === undefined ? {} : { buildId }),
  }));
  const unchanged = builds === 0 ? "nothing changed" : `nothing changed in the config; ${counts.join(", ")}`;
  return {
    targets: [...built, ...unbuilt.map((part) => ({ ...part, action: "none" as const }))],
    summary: changed ? counts.join(", ") : unchanged,
  };
}
