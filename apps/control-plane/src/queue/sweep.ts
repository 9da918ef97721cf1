import { sql } from "kysely";
import { tickSchedule } from "../actions/tick.ts";
import { requeueStaleBuilds } from "../builds/requeue-stale.ts";
import type { System } from "../context.ts";
import { remediateDrifts } from "../drift/remediate.ts";
import { findDueDrift, holdDueDrift, tickDrift } from "../drift/tick.ts";
import { sweepHealth } from "../health/sweep.ts";
import { tickProbes } from "../health/tick-probes.ts";
import { sweepJobs } from "../jobs/sweep.ts";
import { advanceRollouts } from "../rollouts/advance.ts";
import { sweepSessions } from "../runners/sweep.ts";
import { advanceWorkflow } from "../workflows/advance.ts";
import { findStuckWorkflows } from "../workflows/find-stuck.ts";
import type { Schedulers } from "./schedule.ts";

const everyMs = 3_000;
/** A tick is the scheduler's for this long; then it was missed. */
const tickGraceMs = 3_000;
const lockName = "berth-sweep";

/**
 * Looks for rows that should have moved and moves them: whatever message was lost, and whatever queue was emptied, the rows tell. It does the work
 * itself where it can, so that it does not depend on the queue it makes up for. One replica at a time; the others have nothing to do.
 */
export async function sweep(system: System): Promise<void> {
  await system.db.connection().execute(async (connection) => {
    const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(hashtext(${lockName})) as held`.execute(connection);
    if (!rows[0]?.held) return;
    try {
      await sweepAll(system);
    } finally {
      await sql`select pg_advisory_unlock(hashtext(${lockName}))`.execute(connection);
    }
  });
}

async function sweepAll(system: System): Promise<void> {
  await part(system, "sessions", () => sweepSessions(system));
  await part(system, "jobs", () => sweepJobs(system));
  await part(system, "builds", () => requeueStaleBuilds({ system }));
  await part(system, "workflows", async () => {
    for (const workflowId of await findStuckWorkflows(system))
      await part(system, "workflow", () => advanceWorkflow({ system, workflowId }));
  });
  await part(system, "health", () => sweepHealth(system));
  await part(system, "probes", () => tickProbes(system));
  await part(system, "rollouts", () => advanceRollouts(system));
  await part(system, "drift", async () => {
    await part(system, "drift remediation", () => remediateDrifts(system));
    for (const due of await findDueDrift(system)) await part(system, "drift check", () => tickDrift(system, due));
    await part(system, "drift checks that wait", () => holdDueDrift(system));
  });
  await part(system, "schedules", async () => {
    const due = await system.db
      .selectFrom("action_schedules")
      .select(["install_id", "action", "cron"])
      .where("next_tick_at", "<", new Date(system.now().getTime() - tickGraceMs))
      .orderBy("next_tick_at")
      .limit(500)
      .execute();
    for (const { install_id: installId, action, cron } of due) {
      await part(system, "schedule", () => tickSchedule({ system, input: { installId, action, cron } }));
    }
  });
}

/** One part that fails must not keep the others from being swept. */
async function part(system: System, name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    system.logger.error({ err: error, part: name }, "a part of the sweep failed");
  }
}

/**
 * Sweeps every few seconds and keeps the job schedulers in step. By a timer of its own: a queue that was emptied or is away must not be what starts it.
 * @returns how to stop: the sweep that runs is waited for
 */
export function startSweeper({ system, schedulers }: { system: System; schedulers: Schedulers }): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    await part(system, "all", () => sweep(system));
    await part(system, "schedulers", () => schedulers.reconcile());
    if (!stopped) timer = setTimeout(start, everyMs * (0.75 + Math.random() / 2));
  }
  function start(): void {
    running = round();
  }
  start();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
    clearTimeout(timer);
  };
}
