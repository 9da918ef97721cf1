import { sql, type Selectable } from "kysely";
import { systemCtx, transact, type Ctx, type System } from "../context.ts";
import type { Database } from "../db/schema.ts";
import { recordEvent } from "../events/record.ts";

/** A build that this process may work on, until its lease ends. */
export type ClaimedBuild = { ctx: Ctx; build: Selectable<Database["builds"]> };

/**
 * Takes a waiting build, or one whose builder let its lease run out; each taking is an attempt of its own.
 * Leases are measured by the database's clock alone, so builders need not agree on the time.
 * @returns undefined where somebody else has it or it has ended
 */
export async function claimBuild(input: { system: System; buildId: string; leaseMs: number }): Promise<ClaimedBuild | undefined> {
  const { system, buildId } = input;
  const owner = await system.db.selectFrom("builds").select("org_id").where("id", "=", buildId).executeTakeFirst();
  if (!owner) return undefined;
  const ctx = systemCtx(system, owner.org_id);
  const build = await transact(ctx, async (inner) => {
    const row = await inner.db
      .updateTable("builds")
      .set((eb) => ({
        state: "running",
        attempt: eb("attempt", "+", 1),
        lease_expires_at: leaseFromNow(input.leaseMs),
        started_at: eb.fn.coalesce("started_at", eb.val(system.now())),
      }))
      .where("id", "=", buildId)
      .where((eb) =>
        eb.or([eb("state", "=", "queued"), eb.and([eb("state", "=", "running"), eb("lease_expires_at", "<", sql<Date>`now()`)])]),
      )
      .returningAll()
      .executeTakeFirst();
    if (!row) return undefined;
    await recordEvent(inner, {
      subjectKind: "build",
      subjectId: buildId,
      event: row.attempt === 1 ? "started" : "taken_over",
      data: { attempt: row.attempt, builder: system.replicaId },
    });
    return row;
  });
  return build && { ctx, build };
}

/** The end of a lease that begins now, by the database's clock. */
export function leaseFromNow(leaseMs: number) {
  return sql<Date>`now() + make_interval(secs => ${leaseMs / 1000})`;
}
