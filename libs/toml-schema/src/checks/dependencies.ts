import type { Component } from "../config/components.ts";
import { dependencyGraph } from "../graph.ts";
import type { Draft } from "../loader/assemble.ts";
import { componentNames } from "../references/link.ts";
import type { Scan } from "../references/scan.ts";
import { didYouMean } from "../schema/suggest.ts";
import type { Finding, Report } from "./finding.ts";
import type { Scope } from "./scope.ts";

/** Dependencies exist, are of others, and make no circle; what is always on depends on nothing that may be off. */
export function checkDependencies(draft: Draft, scans: readonly Scan[], scope: Scope, report: Report): void {
  for (const [index, component] of draft.components.entries()) {
    for (const name of component.dependencies) checkOne(component, name, ["components", index, "dependencies", name], scope, report);
    checkToggle(component, index, scope, report);
  }
  for (const [index, action] of draft.actions.entries()) {
    for (const name of action.dependencies) checkOne(undefined, name, ["actions", index, "dependencies", name], scope, report);
  }
  checkCycle(draft, scans, report);
}

function checkOne(owner: Component | undefined, name: string, path: Finding["path"], scope: Scope, report: Report): void {
  if (name === owner?.name) {
    report({
      code: "self_dependency",
      path,
      message: `The component "${name}" depends on itself`,
      fix: `remove "${name}" from its dependencies`,
    });
  } else if (!scope.componentKeys.has(name)) {
    const fix = didYouMean(name, scope.componentKeys);
    report({ code: "unknown_component", path, message: `There is no component "${name}"`, ...(fix ? { fix } : {}) });
  }
}

function checkToggle(component: Component, index: number, scope: Scope, report: Report): void {
  for (const name of component.dependencies) {
    const needed = scope.components.get(name);
    if (!needed?.toggleable || component.name === name) continue;
    if (component.toggleable && (!component.defaultEnabled || needed.defaultEnabled)) continue;
    const path = ["components", index, "dependencies", name];
    if (needed.defaultEnabled) {
      report({
        severity: "warning",
        code: "toggle_conflict",
        path,
        message: `"${component.name}" is always on and needs "${name}", so that "${name}" can never be switched off`,
        fix: `make "${component.name}" toggleable too, or "${name}" not`,
      });
    } else {
      const always = component.toggleable ? "starts switched on" : "is always on";
      report({
        code: "toggle_conflict",
        path,
        message: `"${component.name}" ${always} but needs "${name}", which starts switched off`,
        fix: `set default_enabled = true on "${name}", or make "${component.name}" toggleable`,
      });
    }
  }
}

function checkCycle(draft: Draft, scans: readonly Scan[], report: Report): void {
  if (draft.components.length === 0) return;
  const { cycle } = dependencyGraph({ components: draft.components, sandbox: draft.sandbox ?? { references: [] } });
  const [from, to] = cycle ?? [];
  if (!cycle || from === undefined || to === undefined) return;
  const index = draft.components.findIndex((component) => component.name === from);
  report({
    code: "dependency_cycle",
    ...whereItNeeds(draft, scans, index, to),
    message: `Components depend on each other in a circle: ${cycle.join(" → ")}`,
    fix: "remove one of these dependencies, or the reference in a template that makes it",
  });
}

/** The template, or else the list entry, that makes one component depend on another. */
function whereItNeeds(draft: Draft, scans: readonly Scan[], index: number, to: string): Pick<Finding, "path" | "at"> {
  const names = componentNames(draft.components);
  for (const scan of scans) {
    if (scan.path[0] !== "components" || scan.path[1] !== index) continue;
    const found = scan.found.find(({ reference }) => reference.kind === "component" && names.get(reference.name) === to);
    if (found) return { path: scan.path, at: { line: found.line, column: found.column } };
  }
  return { path: ["components", index, "dependencies", to] };
}
