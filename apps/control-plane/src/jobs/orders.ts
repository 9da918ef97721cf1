import type { System } from "../context.ts";
import type { RunnerState } from "../db/schema.ts";

/** What a session has to know besides new work. */
export type Orders = {
  /** False when the session was ended elsewhere. */
  open: boolean;
  runnerState: RunnerState;
  /** Jobs the runner is to stop. */
  cancels: { jobId: string; epoch: number; reason: string }[];
};

/** Reads a session's orders. */
export async function readOrders({ system, input }: { system: System; input: { sessionId: string; runnerId: string } }): Promise<Orders> {
  const session = await system.db
    .selectFrom("runner_sessions")
    .innerJoin("runners", "runners.id", "runner_sessions.runner_id")
    .select(["runners.state", "runner_sessions.closed_at"])
    .where("runner_sessions.id", "=", input.sessionId)
    .executeTakeFirst();
  const jobs = await system.db
    .selectFrom("jobs")
    .select(["id", "epoch", "cancel_reason"])
    .where("runner_id", "=", input.runnerId)
    .where("state", "in", ["assigned", "running"])
    .where("cancel_requested_at", "is not", null)
    .execute();
  return {
    open: session?.closed_at === null,
    runnerState: session?.state ?? "revoked",
    cancels: jobs.map((job) => ({ jobId: job.id, epoch: job.epoch, reason: job.cancel_reason ?? "cancelled" })),
  };
}

/** Which of these runners have something to look at: queued work, or a job to stop. One query for a whole replica. */
export async function runnersWithOrders({ system, runnerIds }: { system: System; runnerIds: readonly string[] }): Promise<string[]> {
  const rows = await system.db
    .selectFrom("jobs")
    .select("runner_id")
    .distinct()
    .where("runner_id", "in", runnerIds)
    .where((row) =>
      row.or([
        row("state", "=", "queued"),
        row.and([row("state", "in", ["assigned", "running"]), row("cancel_requested_at", "is not", null)]),
      ]),
    )
    .execute();
  return rows.map((row) => row.runner_id);
}
