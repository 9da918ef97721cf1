import type { ComponentType } from "@berth/toml-schema/app-config";
import type { TargetState } from "../db/schema.ts";

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
  /** The plan or apply removes the target. */
  destroy?: boolean;
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
};

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
  const refused = refuse(operation, facts, planOnly);
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

/** True for a target that holds, or may hold, resources. */
export function stands(facts: Pick<GenerateFacts, "targets">, target: string): boolean {
  const state = facts.targets[target];
  return state === "active" || state === "error" || state === "pending";
}

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
  const left = undeployable(facts);
  const wanted = new Set(input.components);
  const chosen = new Set(input.components.filter((name) => !left.has(name)));
  const steps: GeneratedStep[] = [];
  /** Per target, the step after which it is done for those that depend on it. */
  const exits = new Map<string, string>();
  if (input.sandbox) exits.set("sandbox", addPair(steps, { target: "sandbox", destroy: false, needs: [], planOnly: input.planOnly }));

  for (const name of facts.graph.order) {
    if (!wanted.has(name)) continue;
    const target = `component:${name}`;
    const reason = left.get(name);
    if (reason !== undefined) {
      // One step that says why stands for all that is not done.
      addPair(steps, { target, destroy: false, needs: [], planOnly: true, skip: `Left out: ${reason}` });
      continue;
    }
    if (input.planOnly) {
      const missing = ["sandbox", ...facts.graph.dependencies(name).map((need) => `component:${need}`)].find(
        (need) => !stands(facts, need),
      );
      addPair(steps, {
        target,
        destroy: false,
        needs: [],
        planOnly: true,
        ...(missing ? { skip: `It can't be planned before ${missing} stands` } : {}),
      });
      continue;
    }
    const nearest = nearestChosen(name, chosen, (other) => facts.graph.dependencies(other)).map((need) => exits.get(`component:${need}`));
    const needs = nearest.length > 0 ? nearest : [exits.get("sandbox")];
    const applied = addPair(steps, { target, destroy: false, needs: defined(needs), planOnly: false });
    exits.set(target, addHooks(steps, facts, { trigger: "post-deploy-component", component: name, needs: [applied] }) ?? applied);
  }
  if (input.after && !input.planOnly) addHooks(steps, facts, { trigger: input.after, needs: [...exits.values()] });
  return steps;
}

/** Components that can't be deployed, and why: those of a type that can't be deployed, and those that need one that is not there. */
function undeployable(facts: GenerateFacts): Map<string, string> {
  const roots = new Map<string, string>();
  const reasons = new Map<string, string>();
  for (const name of facts.graph.order) {
    const type = facts.components[name];
    if (type !== undefined && !deployable[type]) {
      roots.set(name, name);
      reasons.set(name, cannotDeploy(type));
      continue;
    }
    // What stood before its type changed still has its outputs.
    const need = facts.graph.dependencies(name).find((other) => roots.has(other) && !stands(facts, `component:${other}`));
    const root = need === undefined ? undefined : roots.get(need);
    const rootType = facts.components[root ?? ""];
    if (root === undefined || rootType === undefined) continue;
    roots.set(name, root);
    reasons.set(name, `it needs component "${root}", and ${cannotDeploy(rootType)}`);
  }
  return reasons;
}

function remove(facts: GenerateFacts, input: { components: string[]; sandbox: boolean; planOnly: boolean }): GeneratedStep[] {
  const dependencies = (name: string): readonly string[] =>
    facts.components[name] ? facts.graph.dependencies(name) : (facts.orphans[name] ?? []);
  const chosen = new Set(input.components);
  const below = new Map(input.components.map((name) => [name, nearestChosen(name, chosen, dependencies)]));
  const steps: GeneratedStep[] = [];
  const exits = new Map<string, string>();
  for (const name of dependentsFirst(below)) {
    const above = input.components.filter((other) => below.get(other)?.includes(name));
    const needs = input.planOnly ? [] : defined(above.map((other) => exits.get(other)));
    exits.set(name, addPair(steps, { target: `component:${name}`, destroy: true, needs, planOnly: input.planOnly }));
  }
  if (input.sandbox)
    addPair(steps, { target: "sandbox", destroy: true, needs: input.planOnly ? [] : [...exits.values()], planOnly: input.planOnly });
  return steps;
}

/** Adds the plan and, unless only plans are wanted, the apply of a target. Returns the key of the last one. */
function addPair(
  steps: GeneratedStep[],
  input: { target: string; destroy: boolean; needs: string[]; planOnly: boolean; skip?: string },
): string {
  const { target, destroy, needs } = input;
  const family = target === "sandbox" ? "sandbox" : "component";
  const planKey = `${target}/${destroy ? "plan-teardown" : "plan"}`;
  const params: StepParams = { destroy, skippable: family === "component" };
  steps.push({ key: planKey, kind: `${family}.plan`, target, params, needs, ...(input.skip === undefined ? {} : { skip: input.skip }) });
  if (input.planOnly) return planKey;
  const key = `${target}/${destroy ? "teardown" : "apply"}`;
  steps.push({ key, kind: `${family}.apply`, target, params: { ...params, plan: planKey }, needs: [planKey] });
  return key;
}

/** Adds one step per action on a trigger, one after the other: by index, then by name. Returns the key of the last one. */
function addHooks(
  steps: GeneratedStep[],
  facts: GenerateFacts,
  input: { trigger: string; component?: string; needs: string[] },
): string | undefined {
  const matching = facts.actions
    .flatMap((action) => action.triggers.map((trigger) => ({ name: action.name, ...trigger })))
    .filter((trigger) => trigger.type === input.trigger && trigger.componentName === input.component)
    .toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  let last: string | undefined;
  for (const name of new Set(matching.map((trigger) => trigger.name))) {
    const step = actionStep({
      action: name,
      ...(facts.actions.some((action) => action.name === name && action.image !== undefined)
        ? { skip: "Left out: it runs in an image, which runners can't do yet" }
        : {}),
      trigger: input.trigger,
      needs: last === undefined ? input.needs : [last],
      ...(input.component === undefined ? {} : { component: input.component }),
    });
    steps.push(step);
    last = step.key;
  }
  return last;
}

function actionStep(input: { action: string; trigger: string; needs: string[]; component?: string; skip?: string }): GeneratedStep {
  return {
    key: `action:${input.action}/${input.trigger}${input.component === undefined ? "" : `:${input.component}`}`,
    kind: "action",
    params: {
      action: input.action,
      trigger: input.trigger,
      skippable: true,
      ...(input.component === undefined ? {} : { branch: `component:${input.component}` }),
    },
    needs: input.needs,
    ...(input.skip === undefined ? {} : { skip: input.skip }),
  };
}

/** The closest dependencies that are part of the operation, seen through those that are not. */
function nearestChosen(name: string, chosen: ReadonlySet<string>, dependencies: (name: string) => readonly string[]): string[] {
  const seen = new Set<string>();
  const found = new Set<string>();
  const open = [...dependencies(name)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next) || next === name) continue;
    seen.add(next);
    if (chosen.has(next)) found.add(next);
    else open.push(...dependencies(next));
  }
  return [...found].toSorted();
}

/** Orders components so that each comes after all that depend on it. */
function dependentsFirst(below: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [other, needs] of below) if (needs.includes(name)) visit(other);
    order.push(name);
  };
  for (const name of below.keys()) visit(name);
  return order;
}

function refuse(operation: Operation, facts: GenerateFacts, planOnly: boolean): Refusal | undefined {
  if (operation.type === "action_run") return refuseAction(operation.action, facts, planOnly);
  if (operation.type === "teardown") return refuseTeardown(operation.component, facts);
  if (operation.type === "deprovision") return undefined;
  const sandboxToo =
    operation.type === "provision" ||
    (operation.type === "input_update" && facts.graph.reachedByInputs(operation.changed).sandbox && stands(facts, "sandbox"));
  if (sandboxToo && facts.sandboxKind !== "terraform") {
    return no("unprocessable", `A sandbox of type ${facts.sandboxKind} can't be deployed yet, only terraform`);
  }
  if (operation.type === "input_update") return undefined;
  if (operation.type === "deploy" && facts.components[operation.component] === undefined) {
    return no("not_found", `The app config has no component "${operation.component}"`, { components: facts.graph.order });
  }
  const chosen =
    operation.type === "deploy"
      ? [operation.component, ...(operation.withDependents ? facts.graph.dependents(operation.component) : [])]
      : facts.graph.order;
  const left = undeployable(facts);
  const why = operation.type === "deploy" ? left.get(operation.component) : undefined;
  if (operation.type === "deploy" && why !== undefined) {
    return no("unprocessable", `Component "${operation.component}" can't be deployed: ${why}.`, { component: operation.component });
  }
  if (operation.type === "deploy_all" && left.size > 0 && left.size === facts.graph.order.length) {
    const reasons = [...left].map(([name, each]) => `"${name}": ${each}.`);
    return no("unprocessable", `None of the app's components can be deployed. ${reasons.join(" ")}`, { components: [...left.keys()] });
  }
  if (operation.type === "provision" || planOnly) return undefined;
  if (!stands(facts, "sandbox")) {
    return no(
      "state_conflict",
      "The sandbox of this install does not stand, and components are deployed into it. Provision the install first.",
    );
  }
  const missing = chosen
    .filter((name) => !left.has(name))
    .flatMap((name) => facts.graph.dependencies(name).map((need) => ({ name, need })))
    .find(({ need }) => !chosen.includes(need) && !stands(facts, `component:${need}`));
  if (missing) {
    return no(
      "state_conflict",
      `Component "${missing.name}" depends on "${missing.need}", which does not stand. Deploy that first, or deploy all.`,
      missing,
    );
  }
  return undefined;
}

function refuseTeardown(component: string, facts: GenerateFacts): Refusal | undefined {
  const target = `component:${component}`;
  if (facts.components[component] === undefined && facts.targets[target] === undefined) {
    return no("not_found", `The install has no component "${component}"`);
  }
  if (!stands(facts, target)) return no("state_conflict", `Component "${component}" does not stand; there is nothing to tear down`);
  const inConfig = facts.components[component] === undefined ? [] : facts.graph.dependents(component);
  const orphaned = Object.keys(facts.orphans).filter((name) => facts.orphans[name]?.includes(component));
  const dependents = [...inConfig, ...orphaned].filter((name) => stands(facts, `component:${name}`));
  if (dependents.length === 0) return undefined;
  return no("state_conflict", `Component "${component}" can't be torn down while what depends on it stands: ${dependents.join(", ")}`, {
    dependents,
  });
}

function refuseAction(name: string, facts: GenerateFacts, planOnly: boolean): Refusal | undefined {
  const action = facts.actions.find((candidate) => candidate.name === name);
  if (!action) return no("not_found", `The app config has no action "${name}"`, { actions: facts.actions.map((each) => each.name) });
  if (planOnly) return no("unprocessable", "An action has no plan; run it, or ask for a preview of the steps");
  if (action.image !== undefined)
    return no("unprocessable", `Action "${name}" runs in an image, which runners can't do yet; use command or inline_contents`);
  return undefined;
}

function no(
  code: Refusal["code"],
  message: string,
  meta: Record<string, unknown> = {},
): { code: Refusal["code"]; message: string; meta: Record<string, unknown> } {
  return { code, message, meta };
}

function defined(keys: readonly (string | undefined)[]): string[] {
  return keys.filter((key) => key !== undefined);
}
