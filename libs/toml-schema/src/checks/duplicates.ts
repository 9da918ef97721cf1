import type { Draft } from "../loader/assemble.ts";
import type { Report } from "./finding.ts";

/** Names are unique among things of a kind. */
export function checkDuplicates(draft: Draft, report: Report): void {
  unique(draft.components, ["components"], "component", report);
  unique(draft.actions, ["actions"], "action", report);
  unique(draft.inputs.groups, ["inputs", "groups"], "input group", report);
  unique(draft.inputs.inputs, ["inputs", "inputs"], "input", report);
  unique(draft.secrets, ["secrets"], "secret", report);
  unique(draft.runbooks, ["runbooks"], "runbook", report);
  unique(draft.kubernetesContexts, ["kubernetesContexts"], "kubernetes context", report);
  unique(draft.installs, ["installs"], "install", report);
  unique(draft.branches, ["branches"], "branch", report);
  unique(draft.triggers, ["triggers"], "trigger rule", report);
  unique(draft.permissions.namedPolicies, ["permissions", "namedPolicies"], "named policy", report);
  for (const [index, action] of draft.actions.entries()) unique(action.steps, ["actions", index, "steps"], "step", report, "warning");
  for (const [index, runbook] of draft.runbooks.entries()) unique(runbook.inputs, ["runbooks", index, "inputs"], "runbook input", report);
  checkVarNames(draft, report);
  checkComponentNames(draft, report);
}

/** A component's name becomes part of paths and of artifact names. */
function checkComponentNames(draft: Draft, report: Report): void {
  for (const [index, { name }] of draft.components.entries()) {
    if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name)) continue;
    report({
      code: "invalid_name",
      path: ["components", index, "name"],
      message: `"${name}" cannot be a component's name`,
      fix: "use letters, digits, _ and -",
    });
  }
}

type Named = { name: string; file?: string };

function unique(items: readonly Named[], path: readonly (string | number)[], what: string, report: Report, severity?: "warning"): void {
  const seen = new Map<string, Named>();
  for (const [index, item] of items.entries()) {
    const first = seen.get(item.name);
    if (!first) {
      seen.set(item.name, item);
      continue;
    }
    const where = first.file && first.file !== item.file ? ` (in ${first.file})` : "";
    report({
      code: "duplicate_name",
      path: [...path, index, "name"],
      message: `There is another ${what} "${item.name}"${where}`,
      ...(severity ? { severity } : {}),
    });
  }
}

/** In templates, a `var_name` and the names of other components share one map. */
function checkVarNames(draft: Draft, report: Report): void {
  const taken = new Map(draft.components.map((component) => [component.name, component.name]));
  for (const [index, { name, varName }] of draft.components.entries()) {
    if (varName === undefined) continue;
    const other = taken.get(varName);
    if (other !== undefined && other !== name) {
      report({
        code: "duplicate_name",
        path: ["components", index, "varName"],
        message: `Templates already know the component "${other}" as "${varName}"`,
      });
    }
    taken.set(varName, name);
  }
}
