import { AppError } from "@berth/kit/errors";
import { nextTick } from "../actions/cron.ts";
import { systemCtx, transact, type System } from "../context.ts";
import { startWorkflow } from "../workflows/start.ts";

/** Installs with a drift check that is due. */
export async function findDueDrift(system: System): Promise<{ installId: string; orgId: string }[]> {
  const rows = await system.db
    .selectFrom("drift_schedules")
    .select(["install_id", "org_id"])
    .distinct()
    .where("next_tick_at", "<=", system.now())
    .limit(200)
    .execute();
  return rows.map((row) => ({ installId: row.install_id, orgId: row.org_id }));
}

/**
 * Starts one check of all targets of an install that are due and stand. While an earlier check has not ended there is none: the time is let go, and why is kept with the schedule.
 * @returns whether a check was started
 */
export async function tickDrift(system: System, input: { installId: string; orgId: string }): Promise<boolean> {
  const { installId } = input;
  return transact(systemCtx(system, input.orgId), async (ctx) => {
    const now = system.now();
    const due = await ctx.db
      .selectFrom("drift_schedules")
      .select(["target", "cron"])
      .where("install_id", "=", installId)
      .where("next_tick_at", "<=", now)
      .forUpdate()
      .execute();
    if (due.length === 0) return false;
    const open = await ctx.db
      .selectFrom("workflows")
      .select("id")
      .where("install_id", "=", installId)
      .where("operation", "=", "drift_check")
      .where("state", "in", ["queued", "running", "awaiting_approval"])
      .executeTakeFirst();
    const standing = await ctx.db
      .selectFrom("install_targets")
      .select("target")
      .where("install_id", "=", installId)
      .where("state", "!=", "inactive")
      .execute();
    const targets = due.map(({ target }) => target).filter((target) => standing.some((row) => row.target === target));
    let held = open ? `The check ${open.id} has not ended yet` : null;
    if (!open && targets.length > 0) {
      try {
        await startWorkflow({ ctx, input: { installId, operation: { type: "drift_check", targets } } });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        held = error.message;
      }
    }
    for (const { target, cron } of due) {
      await ctx.db
        .updateTable("drift_schedules")
        .set({ next_tick_at: nextTick(cron, now) ?? new Date(8.64e15), held })
        .where("install_id", "=", installId)
        .where("target", "=", target)
        .execute();
    }
    return held === null && targets.length > 0;
  });
}
