import type { TargetState } from "../db/schema.ts";

/** True for a target that holds, or may hold, resources. */
export function stands(facts: { targets: Readonly<Record<string, TargetState>> }, target: string): boolean {
  const state = facts.targets[target];
  return state === "active" || state === "error" || state === "pending";
}
