import type { TargetState } from "../db/schema.ts";
import { howMade, howNow, undeployable } from "./deployable.ts";
import { refuseDeploy, refuseDriftCheck, refuseRemoval, refuseSandbox, refuseSecrets } from "./generate-refusals.ts";
import { actionStep, addHooks, addTarget, adhocStep, scriptStep, secretsStep } from "./generate-steps.ts";
import type { GeneratedStep, GenerateFacts, Refusal, TargetControl } from "./generate.ts";
import type { Operation, Part } from "./operations.ts";
import { dependentsFirst, nearestChosen } from "./order.ts";
import { standingComponents, stands } from "./stands.ts";

/** What a part is made from. `entry` are the keys of the steps that come before all of it. */
type Given = { operation: Operation; facts: GenerateFacts; entry: readonly string[]; planOnly: boolean };
/** What became of it: its steps, the keys after which it is done, and how targets are then. */
type Made = { steps: GeneratedStep[]; exits: readonly string[]; targets?: Readonly<Record<string, TargetState>> };

type PartOf<D extends Part["do"]> = Extract<Part, { do: D }>;
type Makers = { [D in Part["do"]]: (part: PartOf<D>, given: Given) => Made | { refused: Refusal } };

/** The steps of one part. */
export function makePart(part: Part, given: Given): Made | { refused: Refusal } {
  // The table pairs each kind of part with what takes parts of it; the compiler can't follow that through a lookup.
  return makers[part.do](part as never, given);
}

const makers: Makers = {
  hooks(part, { facts, entry, planOnly }) {
    if (planOnly) return { steps: [], exits: entry };
    const steps: GeneratedStep[] = [];
    const last = addHooks(steps, facts, { trigger: part.on, needs: entry, ...prefixOf(part) });
    return { steps, exits: last === undefined ? entry : [last] };
  },

  deploy_sandbox(part, { facts, entry, planOnly }) {
    const refused = refuseSandbox(facts);
    if (refused) return { refused };
    const steps: GeneratedStep[] = [];
    const last = addTarget(steps, {
      target: "sandbox",
      destroy: false,
      needs: planOnly ? [] : entry,
      planOnly,
      ...controlOf(facts, "sandbox"),
      ...prefixOf(part),
    });
    return { steps, exits: [last], ...(planOnly ? {} : { targets: { sandbox: "active" } }) };
  },

  remove_sandbox(part, { facts, entry, planOnly }) {
    const refused = part.strict ? refuseRemoval(facts, { sandbox: true }) : undefined;
    if (refused) return { refused };
    const steps: GeneratedStep[] = [];
    const last = addTarget(steps, {
      target: "sandbox",
      destroy: true,
      needs: planOnly ? [] : entry,
      planOnly,
      ...controlOf(facts, "sandbox"),
      ...prefixOf(part),
    });
    return { steps, exits: [last], ...(planOnly ? {} : { targets: { sandbox: "inactive" } }) };
  },

  deploy_components(part, given) {
    const chosen = part.which.of(given.operation, given.facts);
    const refused = part.strict ? refuseDeploy(given.facts, { chosen, planOnly: given.planOnly, strict: part.strict }) : undefined;
    if (refused) return { refused };
    return deployComponents(part, { ...given, chosen });
  },

  remove_components(part, given) {
    const named = part.which.of(given.operation, given.facts);
    const refused = part.strict ? refuseRemoval(given.facts, { components: named, dependents: part.dependents ?? "refuse" }) : undefined;
    if (refused) return { refused };
    const chosen = part.dependents === "take_along" ? withStandingDependents(given.facts, named) : named;
    return removeComponents(part, { ...given, chosen });
  },

  sync_secrets(part, { facts, entry, planOnly }) {
    const refused = part.strict ? refuseSecrets(facts, planOnly) : undefined;
    if (refused) return { refused };
    if (planOnly && !part.strict) return { steps: [], exits: entry };
    const does = planOnly ? "check" : "sync";
    const step = secretsStep({ does, needs: entry, inCluster: facts.secrets.inCluster, ...prefixOf(part) });
    return { steps: [step], exits: [step.key] };
  },

  remove_secrets(part, { entry, planOnly }) {
    if (planOnly) return { steps: [], exits: entry };
    const step = secretsStep({ does: "remove", needs: entry, inCluster: true, ...prefixOf(part) });
    return { steps: [step], exits: [step.key] };
  },

  check_drift(part, { operation, facts }) {
    const named = part.targets(operation);
    const standing = ["sandbox", ...standingComponents(facts).map((name) => `component:${name}`)].filter((target) => stands(facts, target));
    const refused = refuseDriftCheck(named, standing);
    if (refused) return { refused };
    const steps: GeneratedStep[] = [];
    for (const target of named.length > 0 ? named : standing) {
      const how = target === "sandbox" ? {} : howMade(facts, target.slice("component:".length));
      addTarget(steps, { target, destroy: false, needs: [], planOnly: true, asMade: true, ...how, ...prefixOf(part) });
    }
    return { steps, exits: [] };
  },

  action(part, { facts, entry, planOnly }) {
    if (planOnly) return { steps: [], exits: entry };
    const image = facts.actions.find(({ name }) => name === part.action)?.image;
    const step = actionStep({
      action: part.action,
      trigger: part.trigger,
      needs: entry,
      ...prefixOf(part),
      ...(part.runbook === undefined ? {} : { runbook: part.runbook }),
      ...(image === undefined ? {} : { skip: inImage }),
    });
    return { steps: [step], exits: [step.key] };
  },

  adhoc({ name }) {
    return { steps: [adhocStep(name)], exits: [] };
  },

  script(part, { entry, planOnly }) {
    if (planOnly) return { steps: [], exits: entry };
    const step = scriptStep({ runbook: part.runbook, needs: entry });
    return { steps: [step], exits: [step.key] };
  },
};

const inImage = "Left out: it runs in an image, which runners can't do yet";

function prefixOf(part: Part): { prefix?: string } {
  return part.prefix === undefined ? {} : { prefix: part.prefix };
}

/** Components side by side where they are independent, each after those it depends on. */
function deployComponents(part: PartOf<"deploy_components">, given: Given & { chosen: readonly string[] }): Made {
  const { facts, entry, planOnly } = given;
  const left = undeployable(facts);
  const wanted = new Set(given.chosen);
  const chosen = new Set(given.chosen.filter((name) => !left.has(name)));
  const builds = part.builds?.(given.operation) ?? {};
  const steps: GeneratedStep[] = [];
  /** Per component, the step after which it is done for those that depend on it. */
  const exits = new Map<string, string>();
  for (const name of facts.graph.order) {
    if (!wanted.has(name)) continue;
    const target = `component:${name}`;
    const build = builds[name];
    const common = {
      target,
      destroy: false,
      ...howNow(facts, name),
      ...controlOf(facts, target),
      blocks: facts.graph.dependents(name).filter((other) => chosen.has(other)),
      ...prefixOf(part),
      ...(build === undefined ? {} : { build }),
    };
    const reason = left.get(name);
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
    const nearest = defined(nearestChosen(name, chosen, (other) => facts.graph.dependencies(other)).map((need) => exits.get(need)));
    exits.set(
      name,
      surround(steps, facts, { ...common, name, around: [part.around, "deploy-component"], needs: nearest.length > 0 ? nearest : entry }),
    );
  }
  return {
    steps,
    exits: exits.size > 0 ? [...exits.values()] : entry,
    targets: Object.fromEntries([...exits.keys()].map((name) => [`component:${name}`, "active" as const])),
  };
}

/** Components side by side where they are independent, each after those that depend on it. */
function removeComponents(part: PartOf<"remove_components">, given: Given & { chosen: readonly string[] }): Made {
  const { facts, entry, planOnly } = given;
  const chosen = new Set(given.chosen);
  const below = new Map([...chosen].map((name) => [name, nearestChosen(name, chosen, (other) => dependenciesOf(facts, other))]));
  const steps: GeneratedStep[] = [];
  const exits = new Map<string, string>();
  for (const name of dependentsFirst(below)) {
    const above = defined([...chosen].filter((other) => below.get(other)?.includes(name)).map((other) => exits.get(other)));
    const common = {
      target: `component:${name}`,
      destroy: true,
      ...howMade(facts, name),
      ...controlOf(facts, `component:${name}`),
      blocks: allBelow(facts, name).filter((other) => chosen.has(other)),
      ...prefixOf(part),
    };
    if (planOnly) addTarget(steps, { ...common, needs: [], planOnly });
    else {
      exits.set(
        name,
        surround(steps, facts, { ...common, name, around: [part.around, "teardown-component"], needs: above.length > 0 ? above : entry }),
      );
    }
  }
  return {
    steps,
    exits: exits.size > 0 ? [...exits.values()] : entry,
    targets: Object.fromEntries([...exits.keys()].map((name) => [`component:${name}`, "inactive" as const])),
  };
}

type Surrounded = Omit<Parameters<typeof addTarget>[1], "planOnly"> & { name: string; around: readonly (string | undefined)[] };

/** A component's steps between the actions around it: `pre-` of each event from the outside in, `post-` from the inside out. */
function surround(steps: GeneratedStep[], facts: GenerateFacts, input: Surrounded): string {
  const { name, around, needs, ...target } = input;
  const events = defined(around);
  const hook = (trigger: string, after: readonly string[]): readonly string[] => {
    const last = addHooks(steps, facts, {
      trigger,
      component: name,
      needs: after,
      ...(input.prefix === undefined ? {} : { prefix: input.prefix }),
    });
    return last === undefined ? after : [last];
  };
  let before: readonly string[] = needs;
  for (const event of events) before = hook(`pre-${event}`, before);
  let last: readonly string[] = [addTarget(steps, { ...target, needs: before, planOnly: false })];
  for (const event of events.toReversed()) last = hook(`post-${event}`, last);
  return last[0] ?? "";
}

/** What a component depends on: by the config, or as it was when last applied where the config does not know it any more. */
export function dependenciesOf(facts: GenerateFacts, name: string): readonly string[] {
  return facts.components[name] ? facts.graph.dependencies(name) : (facts.orphans[name] ?? []);
}

/** All that a component depends on, directly or not. */
function allBelow(facts: GenerateFacts, name: string): string[] {
  const found = new Set(dependenciesOf(facts, name));
  for (const each of found) for (const below of dependenciesOf(facts, each)) found.add(below);
  found.delete(name);
  return [...found];
}

function controlOf(facts: GenerateFacts, target: string): { control?: TargetControl } {
  const control = facts.control[target];
  return control === undefined ? {} : { control };
}

/** The named components and all that stand on them, directly or not. */
function withStandingDependents(facts: GenerateFacts, names: readonly string[]): string[] {
  const found = new Set(names);
  for (const name of found) {
    for (const target of Object.keys(facts.targets)) {
      const other = target.slice("component:".length);
      if (target.startsWith("component:") && stands(facts, target) && dependenciesOf(facts, other).includes(name)) found.add(other);
    }
  }
  return [...found];
}

function defined<T>(values: readonly (T | undefined)[]): T[] {
  return values.filter((value) => value !== undefined);
}
