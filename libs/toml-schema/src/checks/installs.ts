import type { Install } from "../config/delivery.ts";
import type { Draft } from "../loader/assemble.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Report } from "./finding.ts";
import { wrongValue } from "./inputs.ts";
import type { Scope } from "./scope.ts";

const overrideTypes = { helmValues: "helm_chart", tfVars: "terraform_module", pulumiConfig: "pulumi" } as const;

/** An install gives inputs that exist, switches what can be switched, and overrides what is there. */
export function checkInstalls(draft: Draft, scope: Scope, report: Report): void {
  for (const [index, install] of draft.installs.entries()) {
    checkValues(draft, install, index, scope, report);
    checkComponents(install, index, scope, report);
    checkCloud(draft, install, index, report);
  }
}

function checkValues(draft: Draft, install: Install, index: number, scope: Scope, report: Report): void {
  const declared = new Map(draft.inputs.inputs.map((input) => [input.name, input]));
  for (const [name, value] of Object.entries(install.inputs)) {
    const path = ["installs", index, "inputs", name];
    const input = declared.get(name);
    if (!scope.inputs.has(name)) {
      const fix = didYouMean(name, scope.inputs);
      report({ code: "unknown_input", path, part: "key", message: `There is no input "${name}"`, ...(fix ? { fix } : {}) });
    } else if (input?.sensitive) {
      report({
        severity: "warning",
        code: "sensitive_value",
        path,
        part: "key",
        message: `"${name}" is sensitive: its value is not taken from files`,
        fix: "remove it here and set it through the API",
      });
    } else if (input) {
      const problem = wrongValue(input.type, value);
      if (problem) report({ code: "invalid_value", path, message: `The value of "${name}" is not ${problem}` });
    }
  }
}

function checkComponents(install: Install, index: number, scope: Scope, report: Report): void {
  for (const name of Object.keys(install.componentToggles)) {
    const path = ["installs", index, "componentToggles", name];
    const component = scope.components.get(name);
    if (!scope.componentKeys.has(name)) {
      const fix = didYouMean(name, scope.componentKeys);
      report({ code: "unknown_component", path, part: "key", message: `There is no component "${name}"`, ...(fix ? { fix } : {}) });
    } else if (component && !component.toggleable) {
      report({
        code: "not_toggleable",
        path,
        part: "key",
        message: `"${name}" cannot be switched off`,
        fix: "set toggleable = true on the component",
      });
    }
  }
  checkToggledDependencies(install, index, scope, report);
  for (const [name, override] of Object.entries(install.components)) {
    const path = ["installs", index, "components", name];
    const component = scope.components.get(name);
    if (!scope.componentKeys.has(name)) {
      const fix = didYouMean(name, scope.componentKeys);
      report({ code: "unknown_component", path, part: "key", message: `There is no component "${name}"`, ...(fix ? { fix } : {}) });
    }
    for (const key of ["helmValues", "tfVars", "pulumiConfig"] as const) {
      if (!component || override[key] === undefined || component.type === overrideTypes[key]) continue;
      report({
        code: "wrong_type",
        path: [...path, key],
        part: "key",
        message: `"${name}" is a ${component.type}; this override is for a ${overrideTypes[key]}`,
      });
    }
  }
}

function checkToggledDependencies(install: Install, index: number, scope: Scope, report: Report): void {
  const isOn = (name: string) => {
    const component = scope.components.get(name);
    return !component?.toggleable || (install.componentToggles[name] ?? component.defaultEnabled);
  };
  for (const component of new Set(scope.components.values())) {
    if (!isOn(component.name)) continue;
    for (const name of component.dependencies) {
      if (isOn(name) || install.componentToggles[name] !== false) continue;
      report({
        code: "toggle_conflict",
        path: ["installs", index, "componentToggles", name],
        message: `"${name}" is switched off, but "${component.name}" is on and needs it`,
      });
    }
  }
}

function checkCloud(draft: Draft, install: Install, index: number, report: Report): void {
  const platform = draft.runner?.runnerType;
  for (const [key, cloud] of [
    ["awsAccount", "aws"],
    ["gcpAccount", "gcp"],
    ["azureAccount", "azure"],
  ] as const) {
    if (install[key] === undefined || platform === undefined || platform === "local" || platform === cloud) continue;
    report({
      code: "wrong_platform",
      path: ["installs", index, key],
      part: "key",
      message: `The app's runner runs on ${platform}, not on ${cloud}`,
    });
  }
}
