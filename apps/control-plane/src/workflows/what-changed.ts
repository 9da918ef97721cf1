import { canonicalJson } from "@berth/kit/digest";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { diffConfigs } from "@berth/toml-schema/config-diff";
import { dependencyGraph } from "@berth/toml-schema/graph";
import { needsBuild } from "../configs/targets.ts";
import type { Ctx } from "../context.ts";
import { secretsOutdated } from "../secrets/outdated.ts";
import { overriddenSince } from "../overrides/changed-since.ts";
import type { InstallRow } from "../installs/queries.ts";

/** What an install has to deploy to be what an app config says. */
export type Outdated = { sandbox: boolean; components: string[]; secrets?: boolean };

/**
 * Compares what stands with an app config: what does not stand or has failed, was made by another build or with another config, with other overrides of the install,
 * reads an input whose default is another one, or depends on one of these. Components that are no longer in the config are left alone.
 */
export async function whatChanged(ctx: Ctx, install: InstallRow, to: { id: string; config: AppConfig }): Promise<Outdated> {
  const rows = await ctx.db
    .selectFrom("install_targets")
    .leftJoin("workflows", "workflows.id", "install_targets.workflow_id")
    .select(["install_targets.target", "install_targets.state", "install_targets.build_id", "workflows.app_config_id"])
    .where("install_targets.install_id", "=", install.id)
    .execute();
  const builds = await ctx.db.selectFrom("app_config_targets").select(["target", "build_id"]).where("app_config_id", "=", to.id).execute();
  const ids = [...new Set([install.app_config_id, ...rows.flatMap((row) => (row.app_config_id === null ? [] : [row.app_config_id]))])];
  const configs = new Map(
    (await ctx.db.selectFrom("app_configs").select(["id", "config"]).where("id", "in", ids).execute()).map(({ id, config }) => [
      id,
      config,
    ]),
  );
  const buildOf = new Map(builds.map(({ target, build_id: id }) => [target, id]));
  const outdated = (target: string, hasBuild: boolean, entity: (config: AppConfig) => object | undefined): boolean => {
    const row = rows.find((each) => each.target === target);
    if (!row || row.state !== "active") return true;
    if (hasBuild && row.build_id !== buildOf.get(target)) return true;
    const made = configs.get(row.app_config_id ?? "");
    return !made || shape(entity(made)) !== shape(entity(to.config));
  };
  const graph = dependencyGraph(to.config);
  const before = configs.get(install.app_config_id);
  const inputs = diffConfigs(before, to.config).inputs;
  const reached = graph.reachedByInputs([...inputs.added, ...inputs.changed.map(({ name }) => name)]);
  const sandbox = reached.sandbox || outdated("sandbox", true, (config) => config.sandbox);
  const overridden = await overriddenSince(ctx, install.id);
  const changed = new Set([...reached.components, ...overridden]);
  for (const component of to.config.components) {
    const { name } = component;
    if (outdated(`component:${name}`, needsBuild(component), (config) => config.components.find((each) => each.name === name)))
      changed.add(name);
    // What reads the sandbox's outputs may become something else.
    if (sandbox && component.references.some(({ kind }) => kind === "sandbox")) changed.add(name);
  }
  for (const name of changed) for (const other of graph.dependents(name)) changed.add(other);
  const secrets = await secretsOutdated(ctx, { installId: install.id, before: before?.secrets ?? [], now: to.config.secrets });
  return { sandbox, components: graph.order.filter((name) => changed.has(name)), ...(secrets ? { secrets } : {}) };
}

/** An entity as text, without where it is written. */
function shape(entity: object | undefined): string {
  const { file: _file, ...rest } = (entity ?? {}) as { file?: string };
  return canonicalJson(rest);
}
