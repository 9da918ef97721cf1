import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Steps name components and actions that exist. */
export function checkRunbooks(draft: Draft, scope: Scope, report: Report): void {
  for (const [index, runbook] of draft.runbooks.entries()) {
    for (const [position, step] of runbook.steps.entries()) {
      const path = ["runbooks", index, "steps", position];
      if (step.componentName !== undefined && !scope.componentKeys.has(step.componentName)) {
        const fix = didYouMean(step.componentName, scope.componentKeys);
        report({
          code: "unknown_component",
          path: [...path, "componentName"],
          message: `There is no component "${step.componentName}"`,
          ...(fix ? { fix } : {}),
        });
      }
      if (step.actionName !== undefined && !scope.actions.has(step.actionName)) {
        const fix = didYouMean(step.actionName, scope.actions);
        report({
          code: "unknown_action",
          path: [...path, "actionName"],
          message: `There is no action "${step.actionName}"`,
          ...(fix ? { fix } : {}),
        });
      }
    }
  }
}
