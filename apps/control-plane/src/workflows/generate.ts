import type { ComponentType } from "@berth/toml-schema/app-config";
import type { TargetState } from "../db/schema.ts";
import type { JobFamily } from "./job-family.ts";
import { makePart } from "./generate-parts.ts";
import { refuseOperation } from "./generate-refusals.ts";
import { operations, type Operation, type OperationRow } from "./operations.ts";

export type { Operation } from "./operations.ts";

export type StepKind =
  | "sandbox.plan"
  | "sandbox.apply"
  | "component.plan"
  | "component.apply"
  | "component.sync"
  | "component.verify"
  | "secrets.sync"
  | "action";

/** What a step needs to know beyond its kind and target. Kept with the step. */
export type StepParams = {
  /** The target is removed. */
  destroy?: boolean;
  /** Of a step on a component: which jobs do it; `terraform` where it is left out. */
  family?: JobFamily;
  /** The target is deployed as the config has it: there is no build to wait for. */
  unbuilt?: boolean;
  /** The build to deploy, where it is not the one that the config names. */
  build?: string;
  /** Planned as it was deployed: with the build and the config that made what stands. */
  asMade?: boolean;
  /** Of an apply: the key of the step whose plan it applies. */
  plan?: string;
  /** May be skipped after it failed. */
  skippable?: boolean;
  /** How often it is tried again by itself after a failure that may go away. */
  retries?: number;
  /** Its plan is approved by itself where the install's policies pass. */
  byPolicies?: boolean;
  /** Of a step that waits for health: for how long it must be well, and whether the deploy fails otherwise. */
  verify?: Gate;
  /** Of a plan: components that make no sense without this one: what is deployed on top of it, or what it stands on when it is removed. */
  blocks?: string[];
  /** Of a sync of secrets: it only looks. */
  dry?: boolean;
  /** Of a sync of secrets: nothing of it goes into a cluster. */
  noCluster?: boolean;
  action?: string;
  /** What it runs was given for this run, and is kept with the workflow. */
  adhoc?: boolean;
  /** Of a runbook's action or script: which of its steps asks for it. */
  runbook?: { name: string; step: string };
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
  runbooks: readonly {
    name: string;
    steps: readonly {
      name: string;
      type: string;
      componentName?: string | undefined;
      deployDependents: boolean;
      tearDownDependents: boolean;
      skipComponentDeploys: boolean;
      actionName?: string | undefined;
      repo?: object | undefined;
    }[];
  }[];
  /** How the config wants a target's changes to be handled. */
  control: Readonly<Record<string, TargetControl>>;
  /** Targets of the install by name: `sandbox`, `component:<name>`. */
  targets: Readonly<Record<string, TargetState>>;
  /** Components of the config that can be turned on and off. */
  toggleable: readonly string[];
  /** Components of the config that are turned off. */
  disabled: readonly string[];
  /** Direct dependencies of components that stand and are no longer in the config, as they were when last applied. */
  orphans: Readonly<Record<string, readonly string[]>>;
  /** What components that stand were when they were last applied, which is how they are removed. */
  made: Readonly<Record<string, ComponentAsMade>>;
  /** Components of the config that are deployed without a build. */
  unbuilt: readonly string[];
  /** What the config says of secrets: whether there are any, and whether any go into Kubernetes or are generated. `wrote`: a sync has written some; `inCluster`: some go there, or did so. */
  secrets: { any: boolean; needSync: boolean; inCluster: boolean; wrote: boolean };
};

/** How a deploy waits for health: for how long the component must be well, which checks must say so, whether something will look at it at all before anybody has, and whether it fails otherwise. */
export type Gate = { windowSeconds: number; block: boolean; requiredChecks?: readonly string[]; probed?: boolean };

export type TargetControl = { retries: number; byPolicies: boolean; verify?: Gate };

export type ComponentAsMade = { type: ComponentType; unbuilt: boolean };

export type Refusal = { code: "not_found" | "state_conflict" | "unprocessable"; message: string; meta: Record<string, unknown> };
export type Generated = { steps: GeneratedStep[] } | { refused: Refusal };

/**
 * The steps of an operation, in an order in which every step comes after what it needs.
 * @param planOnly only the plans, side by side: nothing is applied and no action runs
 */
export function generate(operation: Operation, given: GenerateFacts, planOnly: boolean): Generated {
  const refused = refuseOperation(operation, given, planOnly || alwaysPlans(operation));
  if (refused) return { refused };
  const row = operations[operation.type] as OperationRow<Operation>;
  const parts = typeof row.parts === "function" ? row.parts(operation, given) : row.parts;
  const steps: GeneratedStep[] = [];
  // What stands changes as the operation goes on: a component can be deployed into the sandbox that comes before it.
  let facts = toggled(operation, given);
  let entry: readonly string[] = [];
  for (const part of parts) {
    // A condition is about what there was at the start.
    if (part.when && !part.when.holds(operation, given)) continue;
    const made = makePart(part, { operation, facts, entry, planOnly });
    if ("refused" in made) return made;
    steps.push(...made.steps);
    entry = made.exits;
    facts = { ...facts, targets: { ...facts.targets, ...made.targets } };
  }
  return { steps };
}

/** Operations that never apply anything. */
export function alwaysPlans(operation: Operation): boolean {
  return operation.type === "drift_check";
}

/** What is turned on or off by the operation is so from its start. */
function toggled(operation: Operation, facts: GenerateFacts): GenerateFacts {
  if (operation.type !== "component_toggle") return facts;
  const disabled = facts.disabled.filter((name) => !operation.enable.includes(name));
  return { ...facts, disabled: [...new Set([...disabled, ...operation.disable])] };
}
