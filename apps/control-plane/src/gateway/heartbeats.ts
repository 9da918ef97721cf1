import { messageOf } from "@berth/kit/errors";
import type { System } from "../context.ts";
import { renewLeases } from "../jobs/renew-leases.ts";
import type { Session } from "./session.ts";

type Waiting = { session: Session; seq: number; jobs: readonly { jobId: string; epoch: number }[] };

/** Heartbeats gather this long, in ms, and are stored with one statement. */
const gatherMs = 200;

/** Takes heartbeats and acknowledges them once they are stored: an ack proves that the leases run. */
export type Heartbeats = { push(session: Session, beat: Omit<Waiting, "session">): void; idle(): Promise<void> };

export function createHeartbeats(system: System): Heartbeats {
  let waiting = new Map<Session, Waiting>();
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (waiting.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      const batch = [...waiting.values()];
      waiting = new Map();
      await store(batch);
    }
  }

  async function store(batch: readonly Waiting[]): Promise<void> {
    const beats = batch.flatMap(({ session, jobs }) =>
      session.runner ? [{ orgId: session.runner.orgId, runnerId: session.runner.runnerId, sessionId: session.id, jobs }] : [],
    );
    try {
      const alive = await renewLeases({ system, beats });
      const serverTime = system.now().toISOString();
      for (const { session, seq } of batch) {
        if (alive.has(session.id)) session.send({ type: "heartbeat.ack", seq, serverTime });
        else
          session.goodbye(
            "replaced",
            "This session was ended elsewhere: by a newer one of this runner, or because nothing was heard of it",
          );
      }
    } catch (error) {
      system.logger.error({ err: messageOf(error), sessions: batch.length }, "heartbeats could not be stored");
    }
  }

  return {
    push(session, beat) {
      waiting.set(session, { session, ...beat });
      running ??= drain().finally(() => {
        running = undefined;
      });
    },
    async idle() {
      while (running) await running;
    },
  };
}
