import type { Component } from "../config/components.ts";
import type { Draft } from "../loader/assemble.ts";
import type { ModuleOutputs } from "../loader/module-outputs.ts";

/** Names that files with errors would have declared: other files may use them. By the part of the config. */
export type Salvaged = Partial<
  Record<"components" | "actions" | "inputs" | "secrets" | "roles" | "runbooks" | "contexts" | "branches", ReadonlySet<string>>
>;

/** All that can be referred to. */
export type Scope = {
  components: ReadonlyMap<string, Component>;
  /** Component names by what templates call them. */
  componentKeys: ReadonlySet<string>;
  actions: ReadonlySet<string>;
  inputs: ReadonlySet<string>;
  groups: ReadonlySet<string>;
  secrets: ReadonlySet<string>;
  roles: ReadonlySet<string>;
  runbooks: ReadonlySet<string>;
  contexts: ReadonlySet<string>;
  branches: ReadonlySet<string>;
  salvaged: Salvaged;
  modules: ModuleOutputs;
};

const names = (items: readonly { name: string }[], extra?: ReadonlySet<string>) =>
  new Set([...items.map((item) => item.name), ...(extra ?? [])]);

export function scopeOf(draft: Draft, known: { salvaged?: Salvaged; modules?: ModuleOutputs }): Scope {
  const { salvaged = {}, modules = { components: new Map() } } = known;
  const { components } = draft;
  return {
    components: new Map(components.flatMap((one) => [[one.name, one] as const, ...(one.varName ? [[one.varName, one] as const] : [])])),
    componentKeys: new Set([...names(components, salvaged.components), ...components.flatMap((one) => one.varName ?? [])]),
    actions: names(draft.actions, salvaged.actions),
    inputs: names(draft.inputs.inputs, salvaged.inputs),
    groups: names(draft.inputs.groups, salvaged.inputs),
    secrets: names(draft.secrets, salvaged.secrets),
    roles: new Set([...names([...draft.permissions.roles, ...draft.breakGlass.roles], salvaged.roles)].map(roleKey)),
    runbooks: names(draft.runbooks, salvaged.runbooks),
    contexts: names(draft.kubernetesContexts, salvaged.contexts),
    branches: names(draft.branches, salvaged.branches),
    salvaged,
    modules,
  };
}

/** A role's name as it is compared: templates that mean the same read the same. */
export function roleKey(name: string): string {
  const [first = "", ...rest] = name.split("{{");
  return rest.reduce((key, part) => {
    const end = part.indexOf("}}");
    if (end === -1) return `${key}{{${part}`;
    const body = part
      .slice(0, end)
      .trim()
      .replaceAll(".berth", ".nuon")
      .replace(/^\.nuon\.id$/, ".nuon.install.id");
    return `${key}{{${body}}}${part.slice(end + 2)}`;
  }, first);
}
