import type { ComponentType } from "@berth/toml-schema/app-config";
import type { ComponentAsMade, GenerateFacts } from "./generate.ts";
import { familyOf, type JobFamily } from "./job-family.ts";
import { stands } from "./stands.ts";

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

/** Components that can't be deployed, and why: turned off, by their type, by what stands in their place, or by a dependency that is not there. */
export function undeployable(facts: GenerateFacts): Map<string, string> {
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
  if (facts.disabled.includes(name)) return `component "${name}" is turned off`;
  const made = facts.made[name];
  if (!made || !stands(facts, `component:${name}`) || familyOf[made.type] === familyOf[type]) return undefined;
  return `it stands as a ${made.type}, and the config makes it a ${type} now: tear down "${name}" first, or give the new one another name`;
}

/** How a component is deployed as the config has it now. */
export function howNow(facts: GenerateFacts, name: string): { family?: JobFamily; unbuilt?: boolean } {
  const type = facts.components[name];
  return how(type && { type, unbuilt: facts.unbuilt.includes(name) });
}

/** A component is removed the way it was made, whatever the config says of it now. */
export function howMade(facts: GenerateFacts, name: string): { family?: JobFamily; unbuilt?: boolean } {
  const made = facts.made[name];
  return made ? how(made) : howNow(facts, name);
}

function how(component: ComponentAsMade | undefined): { family?: JobFamily; unbuilt?: boolean } {
  const family = component && familyOf[component.type];
  return { ...(family === undefined ? {} : { family }), ...(component?.unbuilt ? { unbuilt: true } : {}) };
}
