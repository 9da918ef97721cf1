import { openJobStates } from "@berth/protocol/job-state";
import type { Ctx } from "../context.ts";
import type { Waiting } from "../db/schema.ts";
import { runnerView } from "../runners/view.ts";
import type { JobRow } from "./view.ts";
import { explainWaiting } from "./waiting.ts";

const idle = ["queued", "assigned", "lost"];

/** Why jobs of the org that don't run wait, by their id. Reads nothing where all of them run or have ended. */
export async function whyWaiting(ctx: Ctx, jobs: readonly JobRow[]): Promise<Map<string, Waiting>> {
  const waiting = jobs.filter(({ state }) => idle.includes(state));
  if (waiting.length === 0) return new Map();
  const runners = await ctx.db
    .selectFrom("runners")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("id", "in", [...new Set(waiting.map((job) => job.runner_id))])
    .execute();
  const open = await ctx.db
    .selectFrom("jobs")
    .select(["id", "state", "target", "install_id", "runner_id", "writes_target", "priority", "created_at"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "in", [...new Set(waiting.map((job) => job.install_id))])
    .where("state", "in", openJobStates)
    .execute();
  const explained = waiting.flatMap((job) => {
    const row = runners.find(({ id }) => id === job.runner_id);
    if (!row) return [];
    const busy = open.filter((other) => other.install_id === job.install_id && other.id !== job.id && other.state !== "queued");
    const blocker = busy.find((other) => job.target !== null && other.target === job.target && (other.writes_target || job.writes_target));
    const first = open.filter((other) => other.runner_id === job.runner_id && other.state === "queued" && goesFirst(other, job));
    const { waiting: idleRunner } = runnerView(row);
    const why = explainWaiting({
      job: {
        state: job.state,
        createdAt: job.created_at,
        ...(job.target === null ? {} : { target: job.target }),
        ...(job.assigned_at === null ? {} : { assignedAt: job.assigned_at }),
        ...(job.lease_expires_at === null ? {} : { leaseExpiresAt: job.lease_expires_at }),
      },
      runner: { id: row.id, slots: row.slots, ...(idleRunner ? { waiting: idleRunner } : {}) },
      active: busy.filter((other) => other.runner_id === job.runner_id && other.state !== "lost").length,
      first: first.length,
      ...(blocker ? { blocker } : {}),
      reconnectWindowMs: ctx.system.settings.reconnectWindowMs,
    });
    return why ? [[job.id, why] as const] : [];
  });
  return new Map(explained);
}

type Queued = Pick<JobRow, "id" | "priority" | "created_at">;

/** The order in which jobs are claimed. */
function goesFirst(a: Queued, b: Queued): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  const [at, bt] = [a.created_at.getTime(), b.created_at.getTime()];
  return at === bt ? a.id < b.id : at < bt;
}
