import { digestOf } from "@berth/kit/digest";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { diffConfigs } from "@berth/toml-schema/config-diff";
import type { Ctx } from "../context.ts";
import type { ResolvedSource } from "../db/schema.ts";
import type { TargetFacts } from "./decide-builds.ts";
import type { ConfigRow } from "./queries.ts";
import { buildTargets, type BuildTarget } from "./targets.ts";

/** What decides over a target's build: its settings with included files, what it is packed as, and its source tree where it has one. */
export function targetChecksum({ target, recipe, settings }: BuildTarget, tree: string | undefined): string {
  return digestOf({ target, recipe: { kind: recipe.kind, config: recipe.config }, settings, tree });
}

/** Loads what {@link decideBuild} needs to know of each target. */
export async function gatherFacts(input: {
  ctx: Ctx;
  appId: string;
  config: AppConfig;
  targets: readonly BuildTarget[];
  sources: ReadonlyMap<string, ResolvedSource>;
  forced: ReadonlySet<string>;
  before: ConfigRow | undefined;
}): Promise<TargetFacts[]> {
  const { before, config } = input;
  const old = new Map((before ? buildTargets(before.config) : []).map((target) => [target.target, target]));
  const changedKeys = keysByTarget(before?.config, config);
  const now = input.targets.map((target) => {
    const source = input.sources.get(target.target);
    if (!source && target.repo) throw new Error(`No source was looked up for ${target.target}`);
    return { target, source, checksum: targetChecksum(target, source?.tree) };
  });
  const builds = await buildsOf(
    input.ctx,
    input.appId,
    now.map(({ checksum }) => checksum),
  );
  return now.map(({ target, source, checksum }) => {
    const was = old.get(target.target);
    const wasSource = was?.repo ? before?.sources[target.target] : undefined;
    return {
      target: target.target,
      checksum,
      settings: target.settings,
      source,
      before: was && {
        checksum: wasSource || !was.repo ? targetChecksum(was, wasSource?.tree) : "",
        settings: was.settings,
        source: wasSource,
      },
      ...sortKeys(changedKeys.get(target.target) ?? [], target),
      builds: builds.filter((build) => build.target === target.target && build.checksum === checksum),
      forced: input.forced.has(target.target),
    };
  });
}

/** Which of the keys that changed its build depends on, and which only matter when it is deployed. */
function sortKeys(changed: string[], { keys }: BuildTarget): Pick<TargetFacts, "changedKeys" | "deployKeys"> {
  const counts = (key: string): boolean =>
    !keys || keys.some((one) => key === one || key.startsWith(`${one}.`) || key.startsWith(`${one}[`));
  return { changedKeys: changed.filter(counts), deployKeys: changed.filter((key) => !counts(key)) };
}

async function buildsOf(ctx: Ctx, appId: string, checksums: string[]) {
  if (checksums.length === 0) return [];
  const rows = await ctx.db
    .selectFrom("builds")
    .select(["id", "target", "checksum", "state", "cancel_requested_at", "failure"])
    .where("org_id", "=", ctx.orgId)
    .where("app_id", "=", appId)
    .where("checksum", "in", checksums)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    target: row.target,
    checksum: row.checksum,
    state: row.state,
    cancelRequested: row.cancel_requested_at !== null,
    failure: row.failure?.reason,
  }));
}

function keysByTarget(before: AppConfig | undefined, now: AppConfig): Map<string, string[]> {
  if (!before) return new Map();
  const diff = diffConfigs(before, now);
  return new Map([
    ["sandbox", diff.sandbox.map(({ key }) => key)] as const,
    ...diff.components.changed.map(({ name, keys }) => [`component:${name}`, keys.map(({ key }) => key)] as const),
  ]);
}
