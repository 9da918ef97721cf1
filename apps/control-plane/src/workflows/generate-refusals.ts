import type { GenerateFacts, Operation, Refusal } from "./generate.ts";
import { stands } from "./stands.ts";

/**
 * Why an operation can't be started on what is there now.
 * @param input.left components that can't be deployed, and why
 */
export function refuse(
  operation: Operation,
  facts: GenerateFacts,
  input: { planOnly: boolean; left: ReadonlyMap<string, string> },
): Refusal | undefined {
  const { planOnly, left } = input;
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
  const why = operation.type === "deploy" ? left.get(operation.component) : undefined;
  if (operation.type === "deploy" && why !== undefined) {
    return no("unprocessable", `Component "${operation.component}" can't be deployed: ${why}.${wayOut(facts, operation.component)}`, {
      component: operation.component,
    });
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

function no(code: Refusal["code"], message: string, meta: Record<string, unknown> = {}): Refusal {
  return { code, message, meta };
}

/** What to do about a component of a type that nothing here can deploy. */
function wayOut(facts: GenerateFacts, name: string): string {
  if (facts.components[name] !== "pulumi") return "";
  return " Deploy the others one by one or all together, which leaves it out, or rewrite it as a terraform_module.";
}
