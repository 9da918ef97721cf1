import type { ComponentType } from "@berth/toml-schema/app-config";
import type { TargetState } from "../db/schema.ts";
import { refuse } from "./generate-refusals.ts";
import { addHooks, addTarget, actionStep } from "./generate-steps.ts";
import { familyOf, type JobFamily } from "./job-family.ts";
import { dependentsFirst, nearestChosen } from "./order.ts";
import { stands } from "./stands.ts";

/** What a workflow does; the API's operations and what the system starts itself. */
export type Operation =
  | { type: "provision" }
  | { type: "deploy"; component: string; withDependents: boolean }
  | { type: "deploy_all" }
  | { type: "input_update"; changed: string[] }
  | { type: "teardown"; component: string }
  | { type: "deprovision" }
  | { type: "action_run"; action: string; trigger: string };

export type StepKind = "sandbox.plan" | "sandbox.apply" | "component.plan" | "component.apply" | "component.sync" | "action";

/** What a step needs to know beyond its kind and target. Kept with the step. */
export type StepParams = {
  /** The target is removed. */
  destroy?: boolean;
  /** Of a step on a component: which jobs do it; `terraform` where it is left out. */
  family?: JobFamily;
  /** The target is deployed as the config has it: there is no build to wait for. */
  unbuilt?: boolean;
  /** Of an apply: the key of the step whose plan it applies. */
  plan?: string;
  /** May be skipped after it failed. */
  skippable?: boolean;
  action?: string;
  /** Why the action runs: `manual`, `cron`, `post-provision`, `post-deploy-component`. */
  trigger?: string;
  /** Of a hook: the target whose branch it belongs to. */
  branch?: string;
};

export type GeneratedStep = {
  /** Stable inside the workflow: a second generation from the same facts gives the same keys. */
  key: string;
  kind: StepKind;
  target?: string;
  params: StepParams;
  /** Keys of steps that must be done first. All of them stand earlier in the list. */
  needs: string[];
  /** Why there is nothing to do for it. */
  skip?: string;
};

/** What the generator looks at. */
export type GenerateFacts = {
  graph: {
    order: string[];
    dependencies(name: string): string[];
    dependents(name: string): string[];
    reachedByInputs(names: string[]): { sandbox: boolean; components: string[] };
  };
  sandboxKind: "terraform" | "pulumi";
  components: Readonly<Record<string, ComponentType>>;
  actions: readonly {
    name: string;
    image?: string | undefined;
    triggers: readonly { type: string; componentName?: string | undefined; index?: number | undefined }[];
  }[];
  /** Targets of the install by name: `sandbox`, `component:<name>`. */
  targets: Readonly<Record<string, TargetState>>;
  /** Direct dependencies of components that stand and are no longer in the config, as they were when last applied. */
  orphans: Readonly<Record<string, readonly string[]>>;
  /** What components that stand were when they were last applied, which is how they are removed. */
  made: Readonly<Record<string, ComponentAsMade>>;
  /** Components of the config that are deployed without a build. */
  unbuilt: readonly string[];
};

export type ComponentAsMade = { type: ComponentType; unbuilt: boolean };

export type Refusal = { code: "not_found" | "state_conflict" | "unprocessable"; message: string; meta: Record<string, unknown> };
export type Generated = { steps: GeneratedStep[] } | { refused: Refusal };

/** Component types whose plans and applies the runner can do; only they are built. */
export const deployable: Readonly<Record<ComponentType, boolean>> = {
  terraform_module: true,
  helm_chart: true,
  docker_build: true,
  container_image: true,
  kubernetes_manifest: true,
  pulumi: false,
  job: true,
};

/** `components of type helm_chart can't be deployed yet, only terraform_module`: to end a sentence with. */
export function cannotDeploy(type: ComponentType): string {
  const possible = Object.entries(deployable).flatMap(([name, can]) => (can ? [name] : []));
  return `components of type ${type} can't be deployed yet, only ${possible.join(" and ")}`;
}

/**
 * The steps of an operation, in an order in which every step comes after what it needs.
 * @param planOnly only the plans, side by side: nothing is applied and no action runs
 */
export function generate(operation: Operation, facts: GenerateFacts, planOnly: boolean): Generated {
  const refused = refuse(operation, facts, { planOnly, left: undeployable(facts) });
  if (refused) return { refused };
  return { steps: makers[operation.type](operation as never, facts, planOnly) };
}

/** How each operation becomes steps. */
const makers: {
  [T in Operation["type"]]: (operation: Extract<Operation, { type: T }>, facts: GenerateFacts, planOnly: boolean) => GeneratedStep[];
} = {
  provision: (_operation, facts, planOnly) =>
    change(facts, { sandbox: true, components: facts.graph.order, planOnly, after: "post-provision" }),
  deploy(operation, facts, planOnly) {
    const dependents = operation.withDependents ? facts.graph.dependents(operation.component) : [];
    return change(facts, { sandbox: false, components: [operation.component, ...dependents], planOnly });
  },
  deploy_all: (_operation, facts, planOnly) => change(facts, { sandbox: false, components: facts.graph.order, planOnly }),
  input_update(operation, facts, planOnly) {
    const reached = facts.graph.reachedByInputs(operation.changed);
    const components = reached.components.filter((name) => stands(facts, `component:${name}`));
    return change(facts, { sandbox: reached.sandbox && stands(facts, "sandbox"), components, planOnly });
  },
  teardown: (operation, facts, planOnly) => remove(facts, { components: [operation.component], sandbox: false, planOnly }),
  deprovision: (_operation, facts, planOnly) =>
    remove(facts, { components: standingComponents(facts), sandbox: stands(facts, "sandbox"), planOnly }),
  action_run: (operation) => [actionStep({ action: operation.action, trigger: operation.trigger, needs: [] })],
};

function standingComponents(facts: GenerateFacts): string[] {
  return Object.keys(facts.targets)
    .filter((target) => target.startsWith("component:") && stands(facts, target))
    .map((target) => target.slice("component:".length))
    .toSorted();
}

function change(
  facts: GenerateFacts,
  input: { sandbox: boolean; components: string[]; planOnly: boolean; after?: "post-provision" },
): GeneratedStep[] {
  const { planOnly } = input;
  const left = undeployable(facts);
  const wanted = new Set(input.components);
  const chosen = new Set(input.components.filter((name) => !left.has(name)));
  const steps: GeneratedStep[] = [];
  /** Per target, the step after which it is done for those that depend on it. */
  const exits = new Map<string, string>();
  if (input.sandbox) exits.set("sandbox", addTarget(steps, { target: "sandbox", destroy: false, needs: [], planOnly }));

  for (const name of facts.graph.order) {
    if (!wanted.has(name)) continue;
    const target = `component:${name}`;
    const reason = left.get(name);
    const common = { target, destroy: false, ...howNow(facts, name) };
    if (reason !== undefined) {
      // One step that says why stands for all that is not done.
      addTarget(steps, { ...common, needs: [], planOnly: true, skip: `Left out: ${reason}` });
      continue;
    }
    if (planOnly) {
      const needs = ["sandbox", ...facts.graph.dependencies(name).map((need) => `component:${need}`)];
      const missing = common.family === "image" ? undefined : needs.find((need) => !stands(facts, need));
      addTarget(steps, { ...common, needs: [], planOnly, ...(missing ? { skip: `It can't be planned before ${missing} stands` } : {}) });
      continue;
    }
    const nearest = nearestChosen(name, chosen, (other) => facts.graph.dependencies(other)).map((need) => exits.get(`component:${need}`));
    const needs = nearest.length > 0 ? nearest : [exits.get("sandbox")];
    const done = addTarget(steps, { ...common, needs: defined(needs), planOnly });
    exits.set(target, addHooks(steps, facts, { trigger: "post-deploy-component", component: name, needs: [done] }) ?? done);
  }
  if (input.after && !planOnly) addHooks(steps, facts, { trigger: input.after, needs: [...exits.values()] });
  return steps;
}

function howNow(facts: GenerateFacts, name: string): { family?: JobFamily; unbuilt?: boolean } {
  const type = facts.components[name];
  return how(type && { type, unbuilt: facts.unbuilt.includes(name) });
}

/** A component is removed the way it was made, whatever the config says of it now. */
function howMade(facts: GenerateFacts, name: string): { family?: JobFamily; unbuilt?: boolean } {
  const made = facts.made[name];
  return made ? how(made) : howNow(facts, name);
}

function how(component: ComponentAsMade | undefined): { family?: JobFamily; unbuilt?: boolean } {
  const family = component && familyOf[component.type];
  return { ...(family === undefined ? {} : { family }), ...(component?.unbuilt ? { unbuilt: true } : {}) };
}

/** Components that can't be deployed, and why: by their type, by what stands in their place, or by a dependency that is not there. */
function undeployable(facts: GenerateFacts): Map<string, string> {
  const roots = new Map<string, { name: string; why: string }>();
  const reasons = new Map<string, string>();
  for (const name of facts.graph.order) {
    const why = cannotTake(facts, name);
    if (why !== undefined) {
      roots.set(name, { name, why });
      reasons.set(name, why);
      continue;
    }
    // What stood before its type changed still has its outputs.
    const need = facts.graph.dependencies(name).find((other) => roots.has(other) && !stands(facts, `component:${other}`));
    const root = need === undefined ? undefined : roots.get(need);
    if (root === undefined) continue;
    roots.set(name, root);
    reasons.set(name, `it needs component "${root.name}", and ${root.why}`);
  }
  return reasons;
}

/** Why a component can't be deployed itself. One of another family in its place would be forgotten with all it made. */
function cannotTake(facts: GenerateFacts, name: string): string | undefined {
  const type = facts.components[name];
  if (type === undefined) return undefined;
  if (!deployable[type]) return cannotDeploy(type);
  const made = facts.made[name];
  if (!made || !stands(facts, `component:${name}`) || familyOf[made.type] === familyOf[type]) return undefined;
  return `it stands as a ${made.type}, and the config makes it a ${type} now: tear down "${name}" first, or give the new one another name`;
}

function remove(facts: GenerateFacts, input: { components: string[]; sandbox: boolean; planOnly: boolean }): GeneratedStep[] {
  const { planOnly } = input;
  const dependencies = (name: string): readonly string[] =>
    facts.components[name] ? facts.graph.dependencies(name) : (facts.orphans[name] ?? []);
  const chosen = new Set(input.components);
  const below = new Map(input.components.map((name) => [name, nearestChosen(name, chosen, dependencies)]));
  const steps: GeneratedStep[] = [];
  const exits = new Map<string, string>();
  for (const name of dependentsFirst(below)) {
    const above = input.components.filter((other) => below.get(other)?.includes(name));
    const needs = planOnly ? [] : defined(above.map((other) => exits.get(other)));
    exits.set(name, addTarget(steps, { target: `component:${name}`, destroy: true, needs, planOnly, ...howMade(facts, name) }));
  }
  if (input.sandbox) addTarget(steps, { target: "sandbox", destroy: true, needs: planOnly ? [] : [...exits.values()], planOnly });
  return steps;
}

function defined(keys: readonly (string | undefined)[]): string[] {
  return keys.filter((key) => key !== undefined);
}
