import { nextTick } from "@berth/protocol/cron";

/** Checks of one target are at least so far apart, however often its schedule comes. */
export const closestMs = 5 * 60_000;

/**
 * When the next check of a target is due; undefined where it never is. Pure.
 * @param input.due when the one that begins now was due: how much later it begins must not shift those after it
 * @throws Error for a cron expression that is none
 */
export function nextCheck(input: { cron: string; due: Date; now: Date }): Date | undefined {
  // A check that had to wait is counted from when it begins; one that is a sweep late is not.
  const began = Math.max(input.due.getTime(), input.now.getTime() - sweepMs);
  const after = Math.max(input.now.getTime(), began + closestMs - 1000);
  return nextTick(input.cron, new Date(after));
}

const sweepMs = 30_000;
