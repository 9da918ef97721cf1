import type { System } from "../context.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { LogIntake } from "./log-intake.ts";
import type { Session } from "./session.ts";

/** The sockets of one replica. */
export type Sessions = {
  system: System;
  intake: LogIntake;
  heartbeats: Heartbeats;
  /** Every open socket, also those that have not said hello. */
  all: ReadonlySet<Session>;
  add(session: Session): void;
  /** Makes it the session of its runner; an earlier one of it is ended. */
  admit(session: Session): void;
  /** Drops a closed one. */
  remove(session: Session): void;
  /** The runner's session here, if it has one. */
  of(runnerId: string): Session | undefined;
  /** Runs one such work per runner at a time, in order: two sessions that open at once must not end up the wrong way round. */
  inTurn<T>(runnerId: string, work: () => Promise<T>): Promise<T>;
};

export function createSessions(input: { system: System; intake: LogIntake; heartbeats: Heartbeats }): Sessions {
  const all = new Set<Session>();
  const byRunner = new Map<string, Session>();
  const turns = new Map<string, Promise<unknown>>();
  return {
    ...input,
    all,
    add: (session) => void all.add(session),
    admit(session) {
      const { runner } = session;
      if (!runner) return;
      const earlier = byRunner.get(runner.runnerId);
      byRunner.set(runner.runnerId, session);
      earlier?.goodbye("replaced", "A newer session of this runner has taken over");
    },
    remove(session) {
      all.delete(session);
      const { runner } = session;
      if (runner && byRunner.get(runner.runnerId) === session) byRunner.delete(runner.runnerId);
    },
    of: (runnerId) => byRunner.get(runnerId),
    inTurn(runnerId, work) {
      const before = turns.get(runnerId) ?? Promise.resolve();
      const turn = before.then(work, work);
      turns.set(runnerId, turn);
      const done = (): void => {
        if (turns.get(runnerId) === turn) turns.delete(runnerId);
      };
      turn.then(done, done);
      return turn;
    },
  };
}
