import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

const withoutComponents = new Set(["kubernetes_cluster", "sandbox"]);

/** The engine fits what the policy looks at, and the components exist. */
export function checkPolicies(draft: Draft, scope: Scope, report: Report): void {
  for (const [index, policy] of draft.policies.entries()) {
    const path = ["policies", index];
    const engine = policy.type === "kubernetes_cluster" ? "kyverno" : "opa";
    if (policy.engine !== engine) {
      report({
        code: "wrong_engine",
        path: [...path, "engine"],
        message: `A policy of type "${policy.type}" is written for ${engine}, not for ${policy.engine}`,
        fix: `write engine = "${engine}"`,
      });
    }
    if (withoutComponents.has(policy.type)) {
      if (policy.components.length > 0) {
        report({
          severity: "warning",
          code: "ignored_key",
          path: [...path, "components"],
          part: "key",
          message: `\`components\` means nothing for a policy of type "${policy.type}"`,
        });
      }
      continue;
    }
    if (policy.components.length === 0) {
      report({
        code: "missing_key",
        path,
        message: "The policy names no components, so it would look at nothing",
        fix: 'add components = ["*"]',
      });
    }
    if (policy.components.includes("*") && policy.components.length > 1) {
      report({ code: "exclusive_keys", path: [...path, "components"], message: '"*" means all components, so it stands alone' });
    }
    for (const [position, name] of policy.components.entries()) {
      const at = [...path, "components", position];
      const component = scope.components.get(name);
      if (name !== "*" && !scope.componentKeys.has(name)) {
        const fix = didYouMean(name, scope.componentKeys);
        report({ code: "unknown_component", path: at, message: `There is no component "${name}"`, ...(fix ? { fix } : {}) });
      } else if (component && component.type !== policy.type) {
        report({
          severity: "warning",
          code: "wrong_type",
          path: at,
          message: `"${name}" is a ${component.type}, which a policy of type "${policy.type}" does not look at`,
        });
      }
    }
  }
}
