import { sql } from "kysely";
import type { System } from "../context.ts";

/**
 * Finds builds that should be moving and are not, and puts them on the queue again: a running one whose builder's lease has expired,
 * a queued one whose job got lost. For the sweeper; safe to call at any time from any replica.
 * @returns how many were found
 */
export async function requeueStaleBuilds({ system, olderThanMs = 10_000 }: { system: System; olderThanMs?: number }): Promise<number> {
  const stale = await system.db
    .selectFrom("builds")
    .select(["id", "attempt"])
    .where((eb) =>
      eb.or([
        eb.and([eb("state", "=", "running"), eb("lease_expires_at", "<", sql<Date>`now()`)]),
        eb.and([eb("state", "=", "queued"), eb("created_at", "<", sql<Date>`now() - make_interval(secs => ${olderThanMs / 1000})`)]),
      ]),
    )
    .orderBy("created_at")
    .limit(1000)
    .execute();
  for (const { id, attempt } of stale) {
    await system.enqueue({ queue: "build-run", data: { buildId: id }, dedupe: `${id}-${attempt}-again` });
  }
  return stale.length;
}
