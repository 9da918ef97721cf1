import { Cron } from "croner";

/** When changes may begin: from each time of a cron expression in a time zone, for so long. */
export type MaintenanceWindow = { cron: string; durationSeconds: number; timezone: string };

/** Whether a window is open, until when, or when the next opens. Without windows changes may begin at any time. */
export type WindowState = { open: true; until?: Date } | { open: false; opensAt?: Date };

/** Looks at the windows at a moment. Where several are open, the one that closes last counts. Pure. @throws Error for an expression or a time zone that is none */
export function windowState(windows: readonly MaintenanceWindow[], now: Date): WindowState {
  if (windows.length === 0) return { open: true };
  let until: Date | undefined;
  let opensAt: Date | undefined;
  for (const { cron, durationSeconds, timezone } of windows) {
    const job = new Cron(cron, { mode: "5-part", timezone, paused: true });
    const length = durationSeconds * 1000;
    // The first beginning that is not over yet.
    const begin = job.nextRun(new Date(now.getTime() - length));
    if (!begin) continue;
    const end = new Date(begin.getTime() + length);
    if (begin <= now) {
      if (end > now && (!until || end > until)) until = end;
    } else if (!opensAt || begin < opensAt) opensAt = begin;
  }
  if (until) return { open: true, until };
  return opensAt ? { open: false, opensAt } : { open: false };
}
