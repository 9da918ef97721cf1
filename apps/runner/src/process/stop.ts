import { setTimeout as sleep } from "node:timers/promises";

/** Waits of the ladder, in ms. */
export type StopWaits = { interruptMs: number; terminateMs: number };

/**
 * Stops a process group politely, then firmly: SIGINT, SIGTERM, SIGKILL, as long as `ended` has not resolved.
 * @param ended resolves when the process is gone
 * @returns the last signal sent
 */
export async function stopGroup(input: { pid: number; ended: Promise<unknown>; waits: StopWaits }): Promise<NodeJS.Signals> {
  const rungs: [NodeJS.Signals, number][] = [
    ["SIGINT", input.waits.interruptMs],
    ["SIGTERM", input.waits.terminateMs],
  ];
  const over = new AbortController();
  const ended = input.ended.then(() => true);
  try {
    for (const [signal, waitMs] of rungs) {
      signalGroup(input.pid, signal);
      const waited = sleep(waitMs, false, { signal: over.signal }).catch(() => false);
      if (await Promise.race([ended, waited])) return signal;
    }
  } finally {
    over.abort();
  }
  signalGroup(input.pid, "SIGKILL");
  return "SIGKILL";
}

/** Signals a whole process group; one that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
