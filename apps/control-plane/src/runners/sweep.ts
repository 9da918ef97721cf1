import type { System } from "../context.ts";
import { runnerCtx } from "../jobs/runner-ctx.ts";
import { closeSession } from "./close-session.ts";

/** Ends the sessions that nobody keeps alive any more: their replica died, or was cut off from the database. @returns how many */
export async function sweepSessions(system: System): Promise<number> {
  const silent = await system.db
    .selectFrom("runner_sessions")
    .select(["id", "org_id", "runner_id"])
    .where("closed_at", "is", null)
    .where("last_heartbeat_at", "<", new Date(system.now().getTime() - system.settings.runnerLeaseMs))
    .limit(200)
    .execute();
  for (const session of silent) {
    const ctx = runnerCtx(system, { orgId: session.org_id, runnerId: session.runner_id });
    await closeSession({ ctx, input: { sessionId: session.id, runnerId: session.runner_id, reason: "no heartbeat" } });
  }
  return silent.length;
}
