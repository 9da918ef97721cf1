import { undeployable } from "./deployable.ts";
import type { GenerateFacts, Refusal } from "./generate.ts";
import type { Operation, OperationOf } from "./operations.ts";
import { standingComponents, stands } from "./stands.ts";

type Check<T extends Operation["type"]> = (operation: OperationOf<T>, facts: GenerateFacts, planOnly: boolean) => Refusal | undefined;

/** What refuses an operation whatever its parts are: names that there are not, and what makes no sense on what is there. */
const checks: { readonly [T in Operation["type"]]?: Check<T> } = {
  reprovision: (_operation, facts) => unlessProvisioned(facts),
  reprovision_sandbox: (_operation, facts) => unlessProvisioned(facts),
  upgrade: (_operation, facts) => unlessProvisioned(facts),
  deploy: ({ components, builds = {} }, facts) =>
    unknownComponent(components, facts) ??
    Object.keys(builds)
      .filter((name) => !components.includes(name))
      .map((name) =>
        no("unprocessable", `A build is given for component "${name}", which is not among those to deploy`, { component: name }),
      )[0],
  component_toggle: refuseToggle,
  action_run: ({ action: name }, facts, planOnly) => {
    const action = facts.actions.find((candidate) => candidate.name === name);
    if (!action) return no("not_found", `The app config has no action "${name}"`, { actions: facts.actions.map((each) => each.name) });
    if (planOnly) return no("unprocessable", "An action has no plan; run it, or ask for a preview of the steps");
    if (action.image !== undefined)
      return no("unprocessable", `Action "${name}" runs in an image, which runners can't do yet; use command or inline_contents`);
    return undefined;
  },
  adhoc_action: (_operation, _facts, planOnly) => (planOnly ? no("unprocessable", "A command has no plan; run it") : undefined),
  runbook_run({ runbook: name, skip }, facts) {
    const runbook = facts.runbooks.find((candidate) => candidate.name === name);
    if (!runbook) return no("not_found", `The app config has no runbook "${name}"`, { runbooks: facts.runbooks.map((each) => each.name) });
    const steps = runbook.steps.map((each) => each.name);
    const unknown = skip.find((each) => !steps.includes(each));
    const withSources = runbook.steps.find(
      (each) => each.type === "action" && each.actionName === undefined && each.repo !== undefined && !skip.includes(each.name),
    );
    if (withSources !== undefined) {
      const detail = `Step "${withSources.name}" of runbook "${name}" brings sources from a repository, which a runbook's own scripts can't yet. Make it an action, or leave the step out.`;
      return no("unprocessable", detail, { step: withSources.name });
    }
    if (unknown !== undefined) return no("not_found", `Runbook "${name}" has no step "${unknown}" to leave out`, { steps });
    return undefined;
  },
};

/** Why an operation can't be started at all. What its parts find is told by them. */
export function refuseOperation(operation: Operation, facts: GenerateFacts, planOnly: boolean): Refusal | undefined {
  const check = checks[operation.type] as Check<Operation["type"]> | undefined;
  return check?.(operation, facts, planOnly);
}

/** Why the sandbox can't be deployed. */
export function refuseSandbox(facts: GenerateFacts): Refusal | undefined {
  if (facts.sandboxKind === "terraform") return undefined;
  return no("unprocessable", `A sandbox of type ${facts.sandboxKind} can't be deployed yet, only terraform`);
}

/** Why components can't be deployed on what there is when their turn comes. */
export function refuseDeploy(
  facts: GenerateFacts,
  input: { chosen: readonly string[]; planOnly: boolean; strict: "each" | "any" },
): Refusal | undefined {
  const { chosen, planOnly, strict } = input;
  const left = undeployable(facts);
  // What only comes along as a dependent is left out and says so.
  const comesAlong = (name: string): boolean => chosen.some((other) => facts.graph.dependents(other).includes(name));
  const first = strict === "each" ? chosen.find((name) => left.has(name) && !comesAlong(name)) : undefined;
  if (first !== undefined) {
    return no("unprocessable", `Component "${first}" can't be deployed: ${left.get(first)}.${wayOut(facts, first)}`, { component: first });
  }
  if (strict === "any" && chosen.length > 0 && chosen.every((name) => left.has(name))) {
    const reasons = [...left].map(([name, each]) => `"${name}": ${each}.`);
    return no("unprocessable", `None of the app's components can be deployed. ${reasons.join(" ")}`, { components: [...left.keys()] });
  }
  if (planOnly || chosen.length === 0) return undefined;
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
  if (!missing) return undefined;
  return no(
    "state_conflict",
    `Component "${missing.name}" depends on "${missing.need}", which does not stand. Deploy that first, or deploy all.`,
    missing,
  );
}

/** Why components, or the sandbox, can't be removed from what there is when their turn comes. */
export function refuseRemoval(
  facts: GenerateFacts,
  what: { sandbox: true } | { components: readonly string[]; dependents: "refuse" | "take_along" },
): Refusal | undefined {
  if ("sandbox" in what) {
    const components = standingComponents(facts);
    if (components.length > 0) {
      const detail = `The sandbox can't be removed while components stand in it: ${components.join(", ")}. Tear them down first, or deprovision the install.`;
      return no("state_conflict", detail, { components });
    }
    return stands(facts, "sandbox") ? undefined : no("state_conflict", "The sandbox does not stand; there is nothing to remove");
  }
  for (const name of what.components) {
    const target = `component:${name}`;
    if (facts.components[name] === undefined && facts.targets[target] === undefined)
      return no("not_found", `The install has no component "${name}"`);
    if (!stands(facts, target)) return no("state_conflict", `Component "${name}" does not stand; there is nothing to tear down`);
    if (what.dependents === "take_along") continue;
    const inConfig = facts.components[name] === undefined ? [] : facts.graph.dependents(name);
    const orphaned = Object.keys(facts.orphans).filter((orphan) => facts.orphans[orphan]?.includes(name));
    const dependents = [...inConfig, ...orphaned].filter((each) => stands(facts, `component:${each}`) && !what.components.includes(each));
    if (dependents.length > 0) {
      const detail = `Component "${name}" can't be torn down while what depends on it stands: ${dependents.join(", ")}. Ask for the teardown with dependents to remove them too.`;
      return no("state_conflict", detail, { dependents });
    }
  }
  return undefined;
}

/** Why secrets can't be synced. To look at where they are needs no sandbox. */
export function refuseSecrets(facts: GenerateFacts, planOnly: boolean): Refusal | undefined {
  if (!facts.secrets.any && !facts.secrets.inCluster) return no("unprocessable", "The app config has no secrets");
  if (planOnly || !facts.secrets.inCluster || stands(facts, "sandbox")) return undefined;
  return no(
    "state_conflict",
    "The sandbox of this install does not stand, and its secrets go into a cluster. Provision the install first, which syncs them too; a plan-only sync tells now which are there.",
  );
}

/** Why the drift of targets can't be looked for. */
export function refuseDriftCheck(named: readonly string[], standing: readonly string[]): Refusal | undefined {
  const missing = named.find((target) => !standing.includes(target));
  if (missing !== undefined)
    return no("state_conflict", `${missing} does not stand, so it can't have drifted`, { target: missing, standing });
  return standing.length > 0 ? undefined : no("state_conflict", "Nothing stands on this install, so nothing can have drifted");
}

function unlessProvisioned(facts: GenerateFacts): Refusal | undefined {
  if (stands(facts, "sandbox")) return undefined;
  return no("state_conflict", "The sandbox of this install does not stand. Provision the install first.");
}

function unknownComponent(names: readonly string[], facts: GenerateFacts): Refusal | undefined {
  const unknown = names.find((name) => facts.components[name] === undefined);
  if (unknown === undefined) return undefined;
  return no("not_found", `The app config has no component "${unknown}"`, { components: facts.graph.order });
}

/** What is on may not depend on what is off: neither what is turned on now nor what stays on. */
function refuseToggle({ enable, disable }: OperationOf<"component_toggle">, facts: GenerateFacts): Refusal | undefined {
  const unknown = unknownComponent([...enable, ...disable], facts);
  if (unknown) return unknown;
  const fixed = [...enable, ...disable].find((name) => !facts.toggleable.includes(name));
  if (fixed !== undefined)
    return no("unprocessable", `Component "${fixed}" is always on: its config does not say \`toggleable = true\``, { component: fixed });
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined) return no("unprocessable", `Component "${both}" is to be turned on and off at once`, { component: both });
  const off = new Set([...facts.disabled.filter((name) => !enable.includes(name)), ...disable]);
  for (const name of facts.graph.order) {
    const need = off.has(name) ? undefined : facts.graph.dependencies(name).find((each) => off.has(each));
    if (need === undefined) continue;
    const wayOutOfIt = disable.includes(need)
      ? `turn "${name}" off too${facts.toggleable.includes(name) ? "" : ", which its config does not allow"}, or leave "${need}" on`
      : `turn "${need}" on too`;
    return no("state_conflict", `Component "${name}" is on and depends on "${need}", which would be off: ${wayOutOfIt}`, {
      component: name,
      need,
    });
  }
  return undefined;
}

function no(code: Refusal["code"], message: string, meta: Record<string, unknown> = {}): Refusal {
  return { code, message, meta };
}

/** What to do about a component that can't be deployed. */
function wayOut(facts: GenerateFacts, name: string): string {
  if (facts.disabled.includes(name)) return ` Turn it on first: \`berth installs enable <install> ${name}\`.`;
  if (facts.components[name] !== "pulumi") return "";
  return " Deploy the others one by one or all together, which leaves it out, or rewrite it as a terraform_module.";
}
