import type { Action } from "../config/actions.ts";
import { componentTriggerTypes } from "../kinds/trigger-types.ts";
import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Triggers have what their type needs, and steps what the action's way of running needs. */
export function checkActions(draft: Draft, scope: Scope, report: Report): void {
  for (const [index, action] of draft.actions.entries()) {
    checkTriggers(action, index, scope, report);
    checkContainer(action, index, report);
    checkBreakGlass(action, index, report);
  }
}

function checkTriggers(action: Action, index: number, scope: Scope, report: Report): void {
  for (const [position, trigger] of action.triggers.entries()) {
    const path = ["actions", index, "triggers", position];
    const { type, componentName, cronSchedule } = trigger;
    if (type === "cron" && cronSchedule === undefined) {
      report({
        code: "missing_key",
        path,
        message: "A cron trigger needs `cron_schedule`",
        fix: 'add e.g. cron_schedule = "*/15 * * * *"',
      });
    } else if (type !== "cron" && cronSchedule !== undefined) {
      report({
        severity: "warning",
        code: "ignored_key",
        path: [...path, "cronSchedule"],
        part: "key",
        message: `\`cron_schedule\` means nothing for a "${type}" trigger`,
      });
    }
    const ofComponent = componentTriggerTypes.includes(type);
    if (ofComponent && !componentName) {
      report({ code: "missing_key", path, message: `A "${type}" trigger needs \`component_name\`` });
    } else if (!ofComponent && componentName) {
      report({
        severity: "warning",
        code: "ignored_key",
        path: [...path, "componentName"],
        part: "key",
        message: `\`component_name\` means nothing for a "${type}" trigger`,
      });
    } else if (componentName && !scope.componentKeys.has(componentName)) {
      const fix = didYouMean(componentName, scope.componentKeys);
      report({
        code: "unknown_component",
        path: [...path, "componentName"],
        message: `There is no component "${componentName}"`,
        ...(fix ? { fix } : {}),
      });
    }
  }
}

function checkContainer(action: Action, index: number, report: Report): void {
  if (action.image === undefined) return;
  for (const [step, { inlineContents }] of action.steps.entries()) {
    if (inlineContents === undefined) {
      report({
        code: "exclusive_keys",
        path: ["actions", index, "steps", step],
        message: "In an action with an `image`, every step has `inline_contents`",
      });
    }
  }
}

function checkBreakGlass(action: Action, index: number, report: Report): void {
  const other = action.triggers.findIndex((trigger) => trigger.type !== "manual");
  if (action.breakGlassRole === undefined || other === -1) return;
  report({
    severity: "warning",
    code: "break_glass_trigger",
    path: ["actions", index, "triggers", other],
    message: "The break-glass role is only there while the customer has switched it on, so this trigger will fail the rest of the time",
    fix: "leave only the manual trigger",
  });
}
