import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Finding, Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Contexts come from components that can make a cluster, and are declared where they are used. */
export function checkContexts(draft: Draft, scope: Scope, report: Report): void {
  for (const [index, context] of draft.kubernetesContexts.entries()) {
    const path = ["kubernetesContexts", index, "component"];
    const component = scope.components.get(context.component);
    if (!scope.componentKeys.has(context.component)) {
      const fix = didYouMean(context.component, scope.componentKeys);
      report({ code: "unknown_component", path, message: `There is no component "${context.component}"`, ...(fix ? { fix } : {}) });
    } else if (component && component.type !== "terraform_module" && component.type !== "pulumi") {
      report({
        code: "wrong_type",
        path,
        message: `"${context.component}" is a ${component.type}; a context comes from a terraform_module or pulumi component with an output "cluster"`,
      });
    }
  }
  const use = (name: string | undefined, path: Finding["path"]) => {
    if (name === undefined || name === "sandbox" || scope.contexts.has(name)) return;
    const fix = didYouMean(name, scope.contexts) ?? "declare it in kubernetes_contexts.toml";
    report({ code: "unknown_context", path, message: `There is no kubernetes context "${name}"`, fix });
  };
  for (const [index, component] of draft.components.entries()) use(component.kubernetesContext, ["components", index, "kubernetesContext"]);
  for (const [index, action] of draft.actions.entries()) {
    use(action.kubernetesContext, ["actions", index, "kubernetesContext"]);
    if (action.kubernetesContext !== undefined && !action.enableKubeConfig) {
      report({
        severity: "warning",
        code: "ignored_key",
        path: ["actions", index, "kubernetesContext"],
        part: "key",
        message: "`kubernetes_context` means nothing while `enable_kube_config` is false",
      });
    }
  }
}
