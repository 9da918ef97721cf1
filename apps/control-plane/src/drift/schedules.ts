import { nextTick } from "../actions/cron.ts";
import type { Ctx } from "../context.ts";
import { findInstallConfig } from "../installs/queries.ts";

/** Brings an install's drift checks in step with the config it is pinned to. One whose cron is the same keeps its next time. */
export async function syncDriftSchedules(ctx: Ctx, installId: string): Promise<void> {
  const { config } = await findInstallConfig(ctx, installId);
  const now = ctx.system.now();
  const scheduled = [
    { target: "sandbox", cron: config.sandbox.driftSchedule },
    ...config.components.map((each) => ({ target: `component:${each.name}`, cron: each.driftSchedule })),
  ];
  const wanted = scheduled.flatMap(({ target, cron }) => {
    const next = cron === undefined ? undefined : nextTick(cron, now);
    return cron === undefined || next === undefined ? [] : [{ target, cron, next }];
  });
  const before = await ctx.db.selectFrom("drift_schedules").select(["target", "cron"]).where("install_id", "=", installId).execute();
  const same = new Set(
    before.filter((row) => wanted.some((each) => each.target === row.target && each.cron === row.cron)).map(({ target }) => target),
  );
  for (const { target } of before) {
    if (!same.has(target))
      await ctx.db.deleteFrom("drift_schedules").where("install_id", "=", installId).where("target", "=", target).execute();
  }
  const fresh = wanted.filter(({ target }) => !same.has(target));
  if (fresh.length === 0) return;
  await ctx.db
    .insertInto("drift_schedules")
    .values(
      fresh.map(({ target, cron, next }) => ({ install_id: installId, org_id: ctx.orgId, target, cron, next_tick_at: next, held: null })),
    )
    .execute();
}

/** Ends an install's scheduled drift checks. */
export async function removeDriftSchedules(ctx: Ctx, installId: string): Promise<void> {
  await ctx.db.deleteFrom("drift_schedules").where("install_id", "=", installId).execute();
}
