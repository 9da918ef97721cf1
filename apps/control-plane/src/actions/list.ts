import type { installActionSchema } from "@berth/api/contract/actions";
import type { z } from "zod";
import type { Ctx } from "../context.ts";
import { findInstall, findInstallConfig } from "../installs/queries.ts";
import { installHealth } from "../health/get-install.ts";
import { offlineSchedules } from "../schedules/offline.ts";
import { isHealthCheck } from "./health-checks.ts";
import { runView, selectRuns } from "./view-run.ts";

export type InstallActionView = z.input<typeof installActionSchema>;

/** An install's actions with their schedules, last runs and health. @throws AppError `not_found` */
export async function listActions({ ctx, input }: { ctx: Ctx; input: { installId: string } }): Promise<{ items: InstallActionView[] }> {
  const { installId } = input;
  await findInstall(ctx, installId);
  const { config } = await findInstallConfig(ctx, installId);
  const schedules = await ctx.db
    .selectFrom("action_schedules")
    .selectAll()
    .where("install_id", "=", installId)
    .orderBy("next_tick_at")
    .execute();
  const offline = await offlineSchedules(ctx, installId);
  const last = await selectRuns(ctx)
    .distinctOn("action_runs.action")
    .where("action_runs.install_id", "=", installId)
    .orderBy("action_runs.action")
    .orderBy("action_runs.created_at", "desc")
    .execute();
  const { checks } = await installHealth({ ctx, input });
  const items = config.actions.map((action): InstallActionView => {
    const schedule = schedules.find((row) => row.action === action.name);
    const alone = offline.find((each) => each.action === action.name);
    const run = last.find((row) => row.action === action.name);
    const health = checks.find((check) => check.action === action.name);
    return {
      name: action.name,
      isHealthCheck: isHealthCheck(action),
      triggers: action.triggers.map(({ type, cronSchedule, componentName }) => ({
        type,
        ...(cronSchedule === undefined ? {} : { cron: cronSchedule }),
        ...(componentName === undefined ? {} : { component: componentName }),
      })),
      ...(schedule ? { nextTickAt: schedule.next_tick_at.toISOString() } : {}),
      ...(alone ? { offline: "why" in alone ? { goesOn: false, why: alone.why } : { goesOn: true } } : {}),
      ...(health ? { health } : {}),
      ...(run ? { lastRun: runView(run) } : {}),
    };
  });
  return { items };
}
