import type { Waiting } from "../db/schema.ts";

/** Why something waits, told again: while the reason is the same, since when stays as it was first told. */
export function keepSince(told: Waiting | null | undefined, now: Waiting): Waiting {
  return told && told.reason === now.reason && told.waitsFor === now.waitsFor ? { ...now, since: told.since } : now;
}
