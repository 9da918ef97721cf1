import type { Draft } from "../loader/assemble.ts";
import type { Finding, Report } from "./finding.ts";

const minutes = 60;

/** Limits lie within what the platform allows. */
export function checkTimeouts(draft: Draft, report: Report): void {
  const check = (seconds: number | undefined, most: number, what: string, path: Finding["path"]) => {
    if (seconds === undefined || (seconds > 0 && seconds <= most)) return;
    const message = seconds > 0 ? `${what} is at most ${most / minutes}m` : `${what} must be longer than nothing`;
    report({ code: "timeout_out_of_range", path, message });
  };
  for (const [index, component] of draft.components.entries()) {
    const path = ["components", index];
    check(component.buildTimeoutSeconds, 60 * minutes, "A build's timeout", [...path, "buildTimeoutSeconds"]);
    check(component.deployTimeoutSeconds, 60 * minutes, "A deploy's timeout", [...path, "deployTimeoutSeconds"]);
    check(component.health?.stabilizationWindowSeconds, 60 * minutes, "The stabilization window", [
      ...path,
      "health",
      "stabilizationWindowSeconds",
    ]);
    if (component.maxAutoRetries < 0)
      report({ code: "invalid_value", path: [...path, "maxAutoRetries"], message: "`max_auto_retries` cannot be negative" });
  }
  for (const [index, action] of draft.actions.entries())
    check(action.timeoutSeconds, 30 * minutes, "An action's timeout", ["actions", index, "timeoutSeconds"]);
  for (const [index, runbook] of draft.runbooks.entries()) {
    for (const [step, { timeoutSeconds }] of runbook.steps.entries()) {
      check(timeoutSeconds, 60 * minutes, "A step's timeout", ["runbooks", index, "steps", step, "timeoutSeconds"]);
    }
  }
  if (draft.sandbox && draft.sandbox.maxAutoRetries < 0) {
    report({ code: "invalid_value", path: ["sandbox", "maxAutoRetries"], message: "`max_auto_retries` cannot be negative" });
  }
}
