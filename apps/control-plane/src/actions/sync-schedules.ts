import type { Ctx } from "../context.ts";
import { removeProbes } from "../health/sync-probes.ts";
import { findInstallConfig } from "../installs/queries.ts";
import { nextTick } from "@berth/protocol/cron";

/** One cron trigger of an install. */
export type Schedule = { action: string; cron: string };

/** Brings an install's schedules in step with the config it is pinned to. One that is there already keeps its next tick. */
export async function syncSchedules(ctx: Ctx, installId: string): Promise<void> {
  const { config } = await findInstallConfig(ctx, installId);
  const now = ctx.system.now();
  const wanted = config.actions.flatMap((action) =>
    action.triggers.flatMap(({ type, cronSchedule }) => {
      const next = type === "cron" && cronSchedule !== undefined ? nextTick(cronSchedule, now) : undefined;
      return next === undefined || cronSchedule === undefined ? [] : [{ action: action.name, cron: cronSchedule, next }];
    }),
  );
  await ctx.db
    .deleteFrom("action_schedules")
    .where("install_id", "=", installId)
    .$if(wanted.length > 0, (query) =>
      query.where((eb) => eb.not(eb.or(wanted.map(({ action, cron }) => eb.and([eb("action", "=", action), eb("cron", "=", cron)]))))),
    )
    .execute();
  if (wanted.length === 0) return;
  await ctx.db
    .insertInto("action_schedules")
    .values(
      wanted.map(({ action, cron, next }) => ({
        install_id: installId,
        org_id: ctx.orgId,
        action,
        cron,
        last_tick_at: now,
        next_tick_at: next,
      })),
    )
    .onConflict((conflict) => conflict.columns(["install_id", "action", "cron"]).doNothing())
    .execute();
}

/** Ends all schedules of an install, its probes too. */
export async function removeSchedules(ctx: Ctx, installId: string): Promise<void> {
  await ctx.db.deleteFrom("action_schedules").where("install_id", "=", installId).execute();
  await removeProbes(ctx, installId);
}
