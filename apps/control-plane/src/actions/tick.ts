import { AppError } from "@berth/kit/errors";
import { systemCtx, transact, type System } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { startWorkflow } from "../workflows/start.ts";
import { nextTick } from "@berth/protocol/cron";

/** Clocks differ: a bell may ring this much before its time. */
const earlyMs = 1_000;

/**
 * Runs a scheduled action if its time has come. The row decides, not the messenger: a tick that comes twice or early does nothing, and however many were
 * missed, one run makes up for all. While the last scheduled run has not ended, a tick is let go.
 * @returns whether a run was started
 */
export async function tickSchedule({
  system,
  input,
}: {
  system: System;
  input: { installId: string; action: string; cron: string };
}): Promise<boolean> {
  const { installId, action, cron } = input;
  const found = await system.db
    .selectFrom("action_schedules")
    .select("org_id")
    .where("install_id", "=", installId)
    .where("action", "=", action)
    .where("cron", "=", cron)
    .executeTakeFirst();
  if (!found) return false;
  return transact(systemCtx(system, found.org_id), async (ctx) => {
    const now = system.now();
    // The row's lock: of two replicas with the same tick, one finds it due.
    const row = await ctx.db
      .selectFrom("action_schedules")
      .select("next_tick_at")
      .where("install_id", "=", installId)
      .where("action", "=", action)
      .where("cron", "=", cron)
      .forUpdate()
      .executeTakeFirst();
    if (!row || row.next_tick_at.getTime() > now.getTime() + earlyMs) return false;
    // After the tick itself where that rang a little early: the same one must not come twice.
    const next = nextTick(cron, row.next_tick_at > now ? row.next_tick_at : now);
    await ctx.db
      .updateTable("action_schedules")
      .set({ last_tick_at: now, next_tick_at: next ?? new Date(8.64e15) })
      .where("install_id", "=", installId)
      .where("action", "=", action)
      .where("cron", "=", cron)
      .execute();
    const open = await ctx.db
      .selectFrom("action_runs")
      .select("id")
      .where("install_id", "=", installId)
      .where("action", "=", action)
      .where("trigger", "=", "cron")
      .where("state", "in", ["queued", "running"])
      .executeTakeFirst();
    if (open) return false;
    try {
      await startWorkflow({ ctx, input: { installId, operation: { type: "action_run", action, trigger: "cron" } } });
    } catch (error) {
      // The action or the install is gone: the schedule is, too.
      if (!(error instanceof AppError)) throw error;
      await ctx.db
        .deleteFrom("action_schedules")
        .where("install_id", "=", installId)
        .where("action", "=", action)
        .where("cron", "=", cron)
        .execute();
      await recordEvent(ctx, {
        subjectKind: "install",
        subjectId: installId,
        event: "schedule_removed",
        installId,
        data: { action, cron, why: error.message },
      });
      return false;
    }
    return true;
  });
}
