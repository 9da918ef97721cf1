import type { Ctx } from "../context.ts";
import { leaseFromNow } from "./claim.ts";

/** Why a builder has to stop: a person cancelled, or the lease has run out and another builder may be at work. */
export type LeaseStop = "cancelled" | "lost";

export type HeldLease = Disposable & {
  /** Aborts when the builder has to stop. */
  signal: AbortSignal;
  stopped(): LeaseStop | undefined;
};

/** Keeps a build's lease alive, four renewals to a lease, and notices a cancellation: at once by the bus, at the next renewal without it. */
export function holdLease(input: { ctx: Ctx; buildId: string; attempt: number; leaseMs: number }): HeldLease {
  const { ctx, buildId, attempt, leaseMs } = input;
  const stop = new AbortController();
  let reason: LeaseStop | undefined;
  let renewedAt = performance.now();

  function end(why: LeaseStop): void {
    if (reason !== undefined) return;
    reason = why;
    stop.abort(new Error(why === "cancelled" ? "The build was cancelled" : "The build was taken over by another builder"));
  }

  async function renew(): Promise<void> {
    const asked = performance.now();
    try {
      const row = await ctx.system.db
        .updateTable("builds")
        .set({ lease_expires_at: leaseFromNow(leaseMs) })
        .where("id", "=", buildId)
        .where("attempt", "=", attempt)
        .where("state", "=", "running")
        .returning("cancel_requested_at")
        .executeTakeFirst();
      if (!row) return end("lost");
      renewedAt = asked;
      if (row.cancel_requested_at) end("cancelled");
    } catch (error) {
      ctx.system.logger.warn({ err: error, buildId }, "a build's lease could not be renewed");
      if (performance.now() - renewedAt > leaseMs) end("lost");
    }
  }

  const timer = setInterval(() => void renew(), leaseMs / 4);
  const unsubscribe = ctx.system.bus.subscribe("builds", (message) => {
    if (message.buildId === buildId) void renew();
  });
  return {
    signal: stop.signal,
    stopped: () => reason,
    [Symbol.dispose]() {
      clearInterval(timer);
      unsubscribe();
    },
  };
}
