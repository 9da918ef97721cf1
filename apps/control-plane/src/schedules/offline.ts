import { isDeepStrictEqual } from "node:util";
import { maxSchedules, type ScheduledAction } from "@berth/protocol/schedules";
import type { Action } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { loadTree } from "../installs/load-tree.ts";
import { clusterOf } from "../workflows/cluster-of.ts";
import { renderSteps } from "../workflows/render/action-steps.ts";
import { installEnv } from "../workflows/render/action.ts";
import { createRenderer } from "../workflows/render-text.ts";

/** A schedule of an install: as its runner is to run it without a link, or in words why that can't be. */
export type OfflineSchedule = { action: string; cron: string } & ({ scheduled: ScheduledAction } | { why: string });

/**
 * An install's schedules, each rendered with what the install is now. Nothing that was made of a sensitive value is among them: they lie on the runner's disk
 * for days. @throws AppError `not_found`
 */
export async function offlineSchedules(ctx: Ctx, installId: string): Promise<OfflineSchedule[]> {
  const rows = await ctx.db
    .selectFrom("action_schedules")
    .select(["action", "cron"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .orderBy("action")
    .orderBy("cron")
    .execute();
  if (rows.length === 0) return [];
  const { config } = await findInstallConfig(ctx, installId);
  const { tree, standIns, redact } = await loadTree(ctx, { installId, config });

  /** The job of an action, with the tree or what stands in for it. */
  function specOf(action: Action, values: Record<string, unknown>): { spec: ScheduledAction["spec"] } | { why: string } {
    const found = action.enableKubeConfig ? clusterOf({ config, tree: values, context: action.kubernetesContext }) : undefined;
    if (found && "failure" in found) return { why: found.failure.detail };
    const render = createRenderer({
      where: `action "${action.name}" (${action.file})`,
      tree: values,
      now: ctx.system.now(),
      sensitive: { standIns, texts: redact },
    });
    const steps = renderSteps(render, action.steps);
    const failure = render.failure();
    if (failure) return { why: failure.detail };
    const envVars = { ...installEnv(tree), TRIGGER_TYPE: "cron" };
    const cluster = found ? { cluster: found.cluster } : {};
    return { spec: { kind: "action.run", action: action.name, trigger: "cron", envVars, steps, ...cluster } };
  }

  return rows.map(({ action: name, cron }, index): OfflineSchedule => {
    const action = config.actions.find((each) => each.name === name);
    const why = !action
      ? "the app config has no such action any more"
      : index >= maxSchedules
        ? `only ${maxSchedules} schedules of an install can`
        : action.image !== undefined || action.steps.length === 0
          ? "runners can't run it at all"
          : action.steps.some(({ repo }) => repo !== undefined)
            ? "a step's sources come from a repository, which can't be fetched without a link"
            : undefined;
    if (!action || why !== undefined) return { action: name, cron, why: why ?? "" };
    const made = specOf(action, tree);
    if ("why" in made) return { action: name, cron, why: made.why };
    const other = tree === standIns ? made : specOf(action, standIns);
    if (!isDeepStrictEqual(made, other))
      return { action: name, cron, why: "it uses sensitive values, which are not kept on a runner's disk" };
    return { action: name, cron, scheduled: { action: name, cron, spec: made.spec, timeoutSeconds: action.timeoutSeconds || 3600 } };
  });
}
