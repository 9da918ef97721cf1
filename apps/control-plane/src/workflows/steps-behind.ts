import type { StepFact } from "./facts.ts";

/** An action that somebody asked for goes before all that workflows do. */
export const urgent = 1000;

/** Steps on the longest way from a step to the end of its workflow. */
export function stepsBehind(steps: readonly Pick<StepFact, "key" | "needs">[], key: string): number {
  const longest = new Map<string, number>();
  // Every step stands after those it needs: from the end, what is behind each is known when its turn comes.
  for (const step of steps.toReversed()) {
    const behind = longest.get(step.key) ?? 0;
    if (step.key === key) return behind;
    for (const need of step.needs) longest.set(need, Math.max(longest.get(need) ?? 0, behind + 1));
  }
  return 0;
}
