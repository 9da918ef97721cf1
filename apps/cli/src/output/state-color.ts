import type { Io } from "../io.ts";

const good = new Set(["succeeded", "active", "online", "healthy", "approved", "skipped", "synced"]);
const bad = new Set(["failed", "error", "denied", "unhealthy", "revoked", "timed_out", "lost", "missing"]);
const waits = new Set(["awaiting_approval", "pending", "queued", "offline", "unknown", "disabled", "cancelled", "enrolling"]);

/** A state in its colour. */
export function stateColor(io: Pick<Io, "colors">, state: string): string {
  const { colors } = io;
  const paint = good.has(state) ? colors.green : bad.has(state) ? colors.red : waits.has(state) ? colors.yellow : colors.cyan;
  return paint(state.replaceAll("_", " "));
}
