import type { GeneratedStep, GenerateFacts } from "./generate.ts";
import { dependenciesOf } from "./generate-parts.ts";

/** What a workflow changes, and what it goes by: outputs that its targets read. */
export type Claims = { writes: string[]; reads: string[] };

/**
 * The targets that a workflow claims. A component goes by the sandbox and by all it depends on, directly or not; plans alone change nothing.
 * The rule of what runs side by side on one install is {@link collide}.
 */
export function claimsOf(steps: readonly GeneratedStep[], facts: GenerateFacts, planOnly: boolean): Claims {
  const targets = new Set(steps.flatMap((step) => (step.target !== undefined && step.skip === undefined ? [step.target] : [])));
  const reads = new Set<string>();
  for (const target of targets) {
    if (target === "sandbox") continue;
    reads.add("sandbox");
    const open = [...dependenciesOf(facts, target.slice("component:".length))];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reads.has(`component:${next}`)) continue;
      reads.add(`component:${next}`);
      open.push(...dependenciesOf(facts, next));
    }
  }
  if (planOnly) return { writes: [], reads: [...new Set([...targets, ...reads])].toSorted() };
  return { writes: [...targets].toSorted(), reads: [...reads].filter((target) => !targets.has(target)).toSorted() };
}

/** Two workflows on one install can't run side by side where one changes what the other changes or goes by. Where nobody knows what one claims, it claims everything. */
export function collide(a: Partial<Claims>, b: Partial<Claims>): boolean {
  if (!a.writes || !a.reads || !b.writes || !b.reads) return true;
  const touches = (writes: readonly string[], others: readonly string[]): boolean => writes.some((target) => others.includes(target));
  return touches(a.writes, [...b.writes, ...b.reads]) || touches(b.writes, a.reads);
}
