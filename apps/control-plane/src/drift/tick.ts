import { AppError } from "@berth/kit/errors";
import { sql } from "kysely";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import { startWorkflow } from "../workflows/start.ts";
import { nextCheck } from "./next-check.ts";
import { never } from "./schedules.ts";

/** Installs with a drift check that is due and can begin, longest overdue first. While an earlier check of an install has not ended, a due one waits for it. */
export async function findDueDrift(system: System): Promise<{ installId: string; orgId: string }[]> {
  const { rows } = await sql<{ installId: string; orgId: string }>`
    select s.install_id as "installId", s.org_id as "orgId" from drift_schedules s
    where s.next_tick_at <= ${system.now()} and not exists (${openChecks(sql`w.install_id = s.install_id`)})
    group by s.install_id, s.org_id order by min(s.next_tick_at) limit 200`.execute(system.db);
  return rows;
}

/** Notes down of the checks that are due and can't begin what they wait for. @returns of how many it is news */
export async function holdDueDrift(system: System): Promise<number> {
  const { numAffectedRows } = await sql`
    update drift_schedules s set held = 'It waits for the end of the check ' || (${openChecks(sql`w.install_id = s.install_id`)})
    where s.next_tick_at <= ${system.now()}
      and s.held is distinct from 'It waits for the end of the check ' || (${openChecks(sql`w.install_id = s.install_id`)})
      and exists (${openChecks(sql`w.install_id = s.install_id`)})`.execute(system.db);
  return Number(numAffectedRows ?? 0);
}

function openChecks(of: ReturnType<typeof sql>) {
  return sql`select w.id from workflows w where ${of} and w.operation = 'drift_check'
    and w.state in ('queued', 'running', 'awaiting_approval') order by w.created_at, w.id limit 1`;
}

/**
 * Starts one check of all targets of an install that are due and stand. It is let go where it can't be started, and why is kept with the schedule.
 * @returns whether a check was started
 */
export async function tickDrift(system: System, input: { installId: string; orgId: string }): Promise<boolean> {
  const outer = systemCtx(system, input.orgId);
  try {
    return await transact(outer, (ctx) => tick(ctx, input.installId));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await transact(outer, (ctx) => tick(ctx, input.installId, error.message));
    return false;
  }
}

/** @param problem why no check can be started; what is due is let go then */
async function tick(ctx: Ctx, installId: string, problem?: string): Promise<boolean> {
  const now = ctx.system.now();
  const due = await ctx.db
    .selectFrom("drift_schedules")
    .select(["target", "cron", "next_tick_at"])
    .where("install_id", "=", installId)
    .where("next_tick_at", "<=", now)
    .orderBy("target")
    .forUpdate()
    .execute();
  const open = await sql<{ id: string }>`${openChecks(sql`w.install_id = ${installId}`)}`.execute(ctx.db);
  // Another replica, or a person, was faster: it stays due.
  if (due.length === 0 || open.rows.length > 0) return false;
  const standing = await standingTargets(ctx, installId);
  const targets = due.map(({ target }) => target).filter((target) => standing.has(target));
  const started =
    targets.length === 0 || problem !== undefined
      ? undefined
      : await startWorkflow({ ctx, input: { installId, operation: { type: "drift_check", targets } } });
  for (const { target, cron, next_tick_at } of due) {
    const held = standing.has(target) ? (problem ?? null) : `${target} does not stand`;
    await ctx.db
      .updateTable("drift_schedules")
      .set({
        next_tick_at: nextCheck({ cron, due: next_tick_at, now }) ?? never,
        held,
        ...(held === null && started ? { last_check_id: started.workflowId } : {}),
      })
      .where("install_id", "=", installId)
      .where("target", "=", target)
      .execute();
  }
  return started !== undefined;
}

async function standingTargets(ctx: Ctx, installId: string): Promise<Set<string>> {
  const rows = await ctx.db
    .selectFrom("install_targets")
    .select("target")
    .where("install_id", "=", installId)
    .where("state", "!=", "inactive")
    .execute();
  return new Set(rows.map(({ target }) => target));
}
