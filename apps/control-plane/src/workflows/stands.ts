import type { TargetState } from "../db/schema.ts";

type Standing = { targets: Readonly<Record<string, TargetState>> };

/** True for a target that holds, or may hold, resources. */
export function stands(facts: Standing, target: string): boolean {
  const state = facts.targets[target];
  return state === "active" || state === "error" || state === "pending";
}

/** Names of the components that stand, whether the config still knows them or not, sorted. */
export function standingComponents(facts: Standing): string[] {
  return Object.keys(facts.targets)
    .filter((target) => target.startsWith("component:") && stands(facts, target))
    .map((target) => target.slice("component:".length))
    .toSorted();
}
