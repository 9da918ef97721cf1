import { messageOf } from "@berth/kit/errors";
import { sweepEveryMs } from "../jobs/lease.ts";
import { runnersWithOrders } from "../jobs/orders.ts";
import { sweepJobs } from "../jobs/sweep.ts";
import { sweepSessions } from "../runners/sweep.ts";
import { refreshSchedules } from "../schedules/refresh.ts";
import { look, takeBackOffers } from "./dispatch.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

const tickMs = 250;
/** A lost nudge costs at most this, in ms. */
export const lookEveryMs = 15_000;
/** How soon a runner has its schedules as they are, in ms. */
const schedulesEveryMs = 30_000;
/** A socket has to become a session within this, in ms. */
const helloWithinMs = 15_000;
/** And may not send more than this before, in bytes. */
const helloBytes = 4 * 1024 * 1024;

/** The one clock of all sessions: answers that stay out, silence, the look every 15 s, the sweep. @returns stops it and waits for what runs */
export function startTicker(sessions: Sessions): () => Promise<void> {
  const { system } = sessions;
  const sweepMs = sweepEveryMs(system.settings.runnerLeaseMs);
  let nextSweep = 0;
  let running: Promise<void> | undefined;

  async function tick(now: number): Promise<void> {
    const due: Session[] = [];
    const stale: Session[] = [];
    for (const session of sessions.all) {
      if (session.phase === "ready") {
        if (now - session.lastSeen > system.settings.runnerLeaseMs * 1.5) session.ws.terminate();
        if (session.offers?.size) await takeBackOffers(system, session);
        if (session.nextLook <= now) due.push(session);
        if (session.nextSchedules <= now) stale.push(session);
      } else if (now - session.openedAt > helloWithinMs || session.socket.bytesRead > helloBytes) session.ws.terminate();
    }
    if (due.length > 0) await lookAt(due, now);
    if (stale.length > 0) {
      for (const session of stale) session.nextSchedules = now + schedulesEveryMs;
      await refreshSchedules(system, stale);
    }
    if (now >= nextSweep) {
      nextSweep = now + sweepMs;
      await sweepJobs(system);
      await sweepSessions(system);
    }
  }

  /** One query for all of them; only those with something to do are looked at one by one. */
  async function lookAt(due: readonly Session[], now: number): Promise<void> {
    const byRunner = new Map(due.flatMap((session) => (session.runner ? [[session.runner.runnerId, session] as const] : [])));
    for (const session of due) session.nextLook = now + lookEveryMs;
    const busy = await runnersWithOrders({ system, runnerIds: [...byRunner.keys()] });
    await Promise.all(
      busy.map(async (runnerId) => {
        const session = byRunner.get(runnerId);
        if (session) await look(system, session);
      }),
    );
  }

  const timer = setInterval(
    () => {
      running ??= tick(system.now().getTime())
        .catch((error: unknown) => system.logger.error({ err: messageOf(error) }, "the gateway's tick failed; the next one tries again"))
        .finally(() => {
          running = undefined;
        });
    },
    Math.min(tickMs, sweepMs),
  );
  return async () => {
    clearInterval(timer);
    await running;
  };
}
