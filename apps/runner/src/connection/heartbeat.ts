import type { Session } from "./session.ts";

/** Proof of life on a session. */
export type Heartbeat = {
  /** Sends one now, e.g. because slots have changed. */
  beat(): void;
  acked(seq: number): void;
  stop(): void;
};

/**
 * Beats every `heartbeatMs` of the session; two in a row without an ack mean that the way is dead.
 * @param input.onDead called once
 */
export function startHeartbeat(input: {
  session: Session;
  state: () => { freeSlots: number; draining: boolean; jobs: { jobId: string; epoch: number }[] };
  onDead: () => void;
}): Heartbeat {
  let seq = 0;
  let ackedSeq = -1;
  let missed = 0;
  const send = (): void => input.session.send({ type: "heartbeat", seq: seq++, ...input.state() });
  const timer = setInterval(() => {
    missed = ackedSeq >= seq - 1 ? 0 : missed + 1;
    if (missed >= 2) {
      clearInterval(timer);
      input.onDead();
    } else send();
  }, input.session.ready.heartbeatMs);
  send();
  return {
    beat: send,
    acked: (number) => void (ackedSeq = Math.max(ackedSeq, number)),
    stop: () => clearInterval(timer),
  };
}
