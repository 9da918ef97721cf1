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
    if (!target.startsWith("component:")) continue;
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

/** A workflow of an install that has not ended, as the others see it. */
export type InLine = {
  id: string;
  state: "queued" | "running" | "awaiting_approval";
  createdAt: number;
  claims: Partial<Claims>;
  /** It waits for a maintenance window to open, and keeps nobody else waiting meanwhile. */
  held: boolean;
};

/** Those that a queued workflow lets go first, in the order given: what is under way and collides with it, and what does and queued earlier. It may start when there are none. */
export function aheadOf<T extends InLine>(others: readonly T[], own: InLine): T[] {
  const earlier = (other: InLine): boolean => other.createdAt < own.createdAt || (other.createdAt === own.createdAt && other.id < own.id);
  return others.filter(
    (other) => other.id !== own.id && (other.state !== "queued" || (earlier(other) && !other.held)) && collide(other.claims, own.claims),
  );
}
