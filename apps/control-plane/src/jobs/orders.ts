import { sql, type SqlBool } from "kysely";
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

/** Reads a session's orders, in one query: it is asked at every news of its runner. */
export async function readOrders({ system, input }: { system: System; input: { sessionId: string; runnerId: string } }): Promise<Orders> {
  const rows = await system.db
    .selectFrom("runner_sessions")
    .innerJoin("runners", "runners.id", "runner_sessions.runner_id")
    .leftJoin("jobs", (join) =>
      join
        .onRef("jobs.runner_id", "=", "runners.id")
        // As the index has it: of parameters PostgreSQL could not tell before it knows them.
        .on(sql<SqlBool>`jobs.state in ('assigned', 'running')`)
        .on("jobs.cancel_requested_at", "is not", null),
    )
    .select(["runners.state", "runner_sessions.closed_at", "jobs.id", "jobs.epoch", "jobs.cancel_reason"])
    .where("runner_sessions.id", "=", input.sessionId)
    .where("runners.id", "=", input.runnerId)
    .execute();
  const [session] = rows;
  return {
    open: session?.closed_at === null,
    runnerState: session?.state ?? "revoked",
    cancels: rows.flatMap(({ id, epoch, cancel_reason: reason }) =>
      id === null || epoch === null ? [] : [{ jobId: id, epoch, reason: reason ?? "cancelled" }],
    ),
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
