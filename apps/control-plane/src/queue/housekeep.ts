import { sql } from "kysely";
import type { System } from "../context.ts";
import { forgetIdempotencyKeys } from "../http/idempotency.ts";
import { collectGarbage } from "../registry/collect-garbage.ts";

const hour = 3_600_000;
const lockName = "berth-housekeeping";

/** Removes what nobody will ask for any more: old idempotency keys, and blobs of the embedded registry that no build and no tag refers to. One replica at a time. */
export async function housekeep(system: System, signal: AbortSignal): Promise<void> {
  await system.db.connection().execute(async (connection) => {
    const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(hashtext(${lockName})) as held`.execute(connection);
    if (!rows[0]?.held) return;
    try {
      await forgetIdempotencyKeys(system);
      if (system.settings.externalRegistry === undefined) await collect(system, signal);
    } finally {
      await sql`select pg_advisory_unlock(hashtext(${lockName}))`.execute(connection);
    }
  });
}

async function collect(system: System, signal: AbortSignal): Promise<void> {
  const { db, blobs, logger } = system;
  await collectGarbage({
    db,
    blobs,
    logger,
    keep: async ({ repository, digests }) => {
      const rows = await db
        .selectFrom("artifacts")
        .select("digest")
        .where("repository", "=", repository)
        .where("digest", "in", digests)
        // What a person pushed and tagged stays until the tag is removed.
        .union(db.selectFrom("registry_tags").select("digest").where("repository", "=", repository).where("digest", "in", digests))
        .execute();
      return new Set(rows.map((row) => row.digest));
    },
    now: system.now(),
    graceMs: 24 * hour,
    uploadMs: 24 * hour,
    signal,
  });
}

/** Keeps house once an hour. @returns how to stop: a round that runs is told, and waited for */
export function startHousekeeping(system: System): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = housekeep(system, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) system.logger.error({ err: error }, "housekeeping failed; tried again in an hour");
    });
  }, hour);
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await running;
  };
}
