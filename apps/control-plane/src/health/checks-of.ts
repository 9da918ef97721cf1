import type { Action, AppConfig } from "@berth/toml-schema/app-config";
import { Cron } from "croner";
import { isHealthCheck } from "../actions/health-checks.ts";

const shortestMs = 5 * 60_000;

/** The components that an action's runs tell the health of: those it names as dependencies, hangs on by a trigger, or reads outputs of. None where it is no health check. */
export function judgedBy(action: Action, config: AppConfig): string[] {
  if (!isHealthCheck(action)) return [];
  const known = new Set(config.components.map(({ name }) => name));
  const named = [
    ...action.dependencies,
    ...action.triggers.flatMap(({ componentName }) => (componentName === undefined ? [] : [componentName])),
    ...action.references.flatMap(({ kind, name }) => (kind === "component" ? [name] : [])),
  ];
  return [...new Set(named)].filter((name) => known.has(name)).toSorted();
}

/** How long a run of a check counts: two and a half of its intervals, five minutes at least. */
export function countsFor(action: Action, at: Date): number {
  const intervals = action.triggers.flatMap(({ type, cronSchedule }) => {
    if (type !== "cron" || cronSchedule === undefined) return [];
    const [first, second] = new Cron(cronSchedule, { mode: "5-part", timezone: "UTC", paused: true }).nextRuns(2, at);
    return first && second ? [second.getTime() - first.getTime()] : [];
  });
  return Math.max(shortestMs, 2.5 * Math.min(...(intervals.length > 0 ? intervals : [24 * 3_600_000])));
}
