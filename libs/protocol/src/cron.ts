import { Cron } from "croner";

/** The next time a five-field cron expression is due after a moment, in UTC; undefined where it never is. Both sides go by this. @throws Error for an expression that is none */
export function nextTick(cron: string, after: Date): Date | undefined {
  return new Cron(cron, { mode: "5-part", timezone: "UTC" }).nextRun(after) ?? undefined;
}
