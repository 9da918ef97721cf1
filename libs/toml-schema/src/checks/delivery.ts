import { canonicalJson } from "@berth/kit/digest";
import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Finding, Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Branches and trigger rules name what exists, and share no installs. */
export function checkDelivery(draft: Draft, scope: Scope, report: Report): void {
  const known = (what: "runbook" | "branch", name: string, names: ReadonlySet<string>, path: Finding["path"]) => {
    if (names.has(name)) return true;
    const fix = didYouMean(name, names);
    report({ code: `unknown_${what}`, path, message: `There is no ${what} "${name}"`, ...(fix ? { fix } : {}) });
    return false;
  };
  const selectors = new Map<string, string>();
  for (const [index, branch] of draft.branches.entries()) {
    const path = ["branches", index];
    for (const [position, name] of branch.postDeployRunbooks.entries())
      known("runbook", name, scope.runbooks, [...path, "postDeployRunbooks", position]);
    const defaults = branch.installGroups.filter((group) => group.default);
    if (defaults.length > 1)
      report({
        code: "exclusive_keys",
        path: [...path, "installGroups"],
        part: "key",
        message: "Only one install group can be the default",
      });
    checkPattern(branch.ignoreChangesRegex, [...path, "ignoreChangesRegex"], report);
    for (const [position, group] of branch.installGroups.entries()) {
      const key = canonicalJson(group.labelSelector);
      const other = selectors.get(key);
      if (key !== "{}" && other !== undefined && other !== branch.name) {
        report({
          code: "duplicate_selector",
          path: [...path, "installGroups", position, "labelSelector"],
          message: `The branch "${other}" selects the same installs; an install belongs to one branch`,
        });
      }
      selectors.set(key, branch.name);
    }
  }
  for (const [index, rule] of draft.triggers.entries()) {
    const path = ["triggers", index, "target"];
    const { runbook, appBranch, inputs } = rule.target;
    if (appBranch !== undefined && draft.branches.length > 0) known("branch", appBranch, scope.branches, [...path, "appBranch"]);
    if (runbook === undefined || !known("runbook", runbook, scope.runbooks, [...path, "runbook"])) continue;
    const declared = draft.runbooks.find((candidate) => candidate.name === runbook)?.inputs ?? [];
    for (const input of declared) {
      if (input.required && input.default === undefined && !(input.name in inputs)) {
        report({
          code: "missing_key",
          path,
          message: `The runbook "${runbook}" needs the input "${input.name}"`,
          fix: `map it in [rules.target.inputs]`,
        });
      }
    }
    const names = new Set(declared.map((input) => input.name));
    for (const name of Object.keys(inputs)) {
      if (scope.salvaged.runbooks?.has(runbook) || names.has(name)) continue;
      const fix = didYouMean(name, names);
      report({
        code: "unknown_runbook_input",
        path: [...path, "inputs", name],
        part: "key",
        message: `The runbook "${runbook}" has no input "${name}"`,
        ...(fix ? { fix } : {}),
      });
    }
  }
}

function checkPattern(pattern: string | undefined, path: Finding["path"], report: Report): void {
  if (pattern === undefined) return;
  try {
    void new RegExp(pattern.replace(/^\(\?[imsU]+\)/, ""), "u");
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    report({ severity: "warning", code: "invalid_value", path, message: `The regular expression does not look valid: ${reason}` });
  }
}
