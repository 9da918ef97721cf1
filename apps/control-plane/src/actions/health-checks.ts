import type { Action } from "@berth/toml-schema/app-config";

/**
 * Whether an action's runs tell the health of the install: it runs on a cron schedule, or its name or label says so. The label `health` decides where
 * it is given: `true` or `false`.
 */
export function isHealthCheck(action: Pick<Action, "name" | "labels" | "triggers">): boolean {
  const label = action.labels["health"];
  if (label !== undefined) return label !== "false";
  return action.triggers.some(({ type }) => type === "cron") || /health[_-]?check/i.test(action.name) || action.name === "health";
}
