import type { Reference } from "../config/common.ts";
import type { Draft } from "../loader/assemble.ts";
import { dependOnAll } from "./depend-on-all.ts";
import type { Scan } from "./scan.ts";

/** Fills in what is derived from the templates: the references of each part, and the components that each component depends on. */
export function linkReferences(draft: Draft, scans: readonly Scan[]): void {
  const byPart = new Map<string, Reference[]>();
  for (const scan of scans) {
    const part = partOf(scan);
    const list = byPart.get(part) ?? [];
    if (list.length === 0) byPart.set(part, list);
    list.push(...scan.found.map((found) => found.reference));
  }
  const referencesOf = (part: string) => unique(byPart.get(part) ?? []);
  if (draft.sandbox) draft.sandbox.references = referencesOf("sandbox");
  for (const part of ["components", "actions", "runbooks"] as const) {
    for (const [index, item] of draft[part].entries()) item.references = referencesOf(`${part}.${index}`);
  }

  const names = componentNames(draft.components);
  const contexts = new Map(draft.kubernetesContexts.map((context) => [context.name, context.component]));
  for (const component of draft.components) {
    const needed = new Set(component.dependencies);
    for (const { kind, name } of component.references) {
      const found = kind === "component" ? names.get(name) : undefined;
      if (found !== undefined && found !== component.name) needed.add(found);
    }
    const cluster = contexts.get(component.kubernetesContext ?? "");
    if (cluster !== undefined && cluster !== component.name) needed.add(cluster);
    component.dependencies = [...needed].toSorted();
  }
  dependOnAll(draft.components);
}

/** Component names by what templates call them: the name and the `var_name`. */
export function componentNames(components: readonly { name: string; varName?: string | undefined }[]): ReadonlyMap<string, string> {
  return new Map([
    ...components.map((component): [string, string] => [component.name, component.name]),
    ...components.flatMap((component): [string, string][] => (component.varName ? [[component.varName, component.name]] : [])),
  ]);
}

/** `sandbox`, or a list and an index in it: `components.3`. */
export function partOf(scan: { path: readonly (string | number)[] }): string {
  const [first = "", second] = scan.path;
  return typeof second === "number" ? `${first}.${second}` : String(first);
}

function unique(references: readonly Reference[]): Reference[] {
  const byPath = new Map(references.map((reference) => [reference.path.join("."), reference]));
  return [...byPath].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference);
}
