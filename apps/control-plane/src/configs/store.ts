import { digestOf } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { insertBuild } from "../builds/insert.ts";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import type { BuildDecision } from "./decide-builds.ts";

type Decided = BuildDecision & { buildId: string };

/** Stores a new version with the builds it needs. Inside the caller's transaction, which holds the app's row. */
export async function storeConfig(input: {
  ctx: Ctx;
  appId: string;
  version: number;
  config: AppConfig;
  decisions: readonly BuildDecision[];
  changes: string[];
}): Promise<{ id: string; targets: Decided[] }> {
  const { ctx, appId, version, config } = input;
  const id = newId("appConfig");
  const sources = Object.fromEntries(input.decisions.flatMap(({ target, source }) => (source ? [[target, source] as const] : [])));
  const trees = Object.fromEntries(Object.entries(sources).map(([target, { tree }]) => [target, tree]));
  await ctx.db
    .insertInto("app_configs")
    .values({
      id,
      org_id: ctx.orgId,
      app_id: appId,
      version,
      checksum: digestOf({ config, trees }),
      config: JSON.stringify(config),
      sources: JSON.stringify(sources),
      created_by: ctx.actor,
      created_at: ctx.system.now(),
    })
    .execute();
  await storeNames({ ctx, appId, table: "components", names: config.components.map(({ name, type }) => ({ name, type })) });
  await storeNames({ ctx, appId, table: "actions", names: config.actions.map(({ name }) => ({ name })) });
  const targets = await withBuilds({ ctx, appId, configId: id, decisions: input.decisions, forced: new Set() });
  if (targets.length > 0) {
    await ctx.db
      .insertInto("app_config_targets")
      .values(
        targets.map(({ target, checksum, buildId }) => ({ app_config_id: id, org_id: ctx.orgId, target, checksum, build_id: buildId })),
      )
      .execute();
  }
  await recordEvent(ctx, {
    subjectKind: "app_config",
    subjectId: id,
    event: "created",
    data: {
      appId,
      version,
      changes: input.changes.slice(0, 100),
      builds: input.decisions.filter(({ action }) => action === "build").length,
    },
  });
  return { id, targets };
}

/**
 * Makes the builds that an unchanged version still needs. Where the one it uses has failed, it goes over to the new one at once;
 * a build that was merely asked for is taken once it has succeeded.
 */
export async function useNewBuilds(input: {
  ctx: Ctx;
  appId: string;
  configId: string;
  decisions: readonly BuildDecision[];
  forced: ReadonlySet<string>;
}): Promise<Decided[]> {
  const { ctx, configId } = input;
  const targets = await withBuilds(input);
  for (const { target, buildId } of targets) {
    if (input.forced.has(target)) continue;
    await ctx.db
      .updateTable("app_config_targets")
      .set({ build_id: buildId })
      .where("app_config_id", "=", configId)
      .where("target", "=", target)
      .where("build_id", "is distinct from", buildId)
      .execute();
  }
  return targets;
}

async function withBuilds(input: {
  ctx: Ctx;
  appId: string;
  configId: string;
  decisions: readonly BuildDecision[];
  forced: ReadonlySet<string>;
}): Promise<Decided[]> {
  const { ctx, appId, configId } = input;
  const decided: Decided[] = [];
  for (const decision of input.decisions) {
    if (decision.action === "reuse") decided.push(decision);
    else {
      const { target, checksum, source, why } = decision;
      const buildId = await insertBuild(ctx, {
        appId,
        configId,
        target,
        checksum,
        source: source ?? null,
        why,
        forced: input.forced.has(target),
      });
      decided.push({ ...decision, buildId });
    }
  }
  return decided;
}

/** Components and actions keep their rows (and ids) for good; one that is in the config no more is marked as removed. */
async function storeNames(input: {
  ctx: Ctx;
  appId: string;
  table: "components" | "actions";
  names: { name: string; type?: string }[];
}): Promise<void> {
  const { ctx, appId, names } = input;
  const now = ctx.system.now();
  const shared = { org_id: ctx.orgId, app_id: appId, created_at: now };
  if (input.table === "components") {
    if (names.length > 0) {
      await ctx.db
        .insertInto("components")
        .values(names.map(({ name, type }) => ({ ...shared, id: newId("component"), name, type: type ?? "" })))
        .onConflict((conflict) =>
          conflict.columns(["app_id", "name"]).doUpdateSet((eb) => ({ type: eb.ref("excluded.type"), removed_at: null })),
        )
        .execute();
    }
  } else if (names.length > 0) {
    await ctx.db
      .insertInto("actions")
      .values(names.map(({ name }) => ({ ...shared, id: newId("action"), name })))
      .onConflict((conflict) => conflict.columns(["app_id", "name"]).doUpdateSet({ removed_at: null }))
      .execute();
  }
  await ctx.db
    .updateTable(input.table)
    .set({ removed_at: now })
    .where("app_id", "=", appId)
    .where("removed_at", "is", null)
    .$if(names.length > 0, (query) =>
      query.where(
        "name",
        "not in",
        names.map(({ name }) => name),
      ),
    )
    .execute();
}
