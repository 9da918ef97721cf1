import type { CheckFact, Facts, StepFact } from "./facts.ts";
import type { Hold } from "./readiness.ts";

/** What a step that waits for health comes to: it is well, it goes on waiting, or it has waited long enough. */
export type Verification = { is: "well"; note: string } | { is: "waiting"; hold: Hold } | { is: "over"; why: string };

/** Beyond twice the window it may take so long until the first checks have run. */
const graceMs = 5 * 60_000;

/**
 * Whether a component that was just deployed has been healthy for its window, and its required checks have said so too. Only what was seen after the deploy counts.
 * One that nothing checks passes: there is nothing to wait for.
 * @param since when the deploy was done
 */
export function verify(step: StepFact, facts: Facts, since: string): Verification {
  const { windowSeconds = 0, requiredChecks = [], probed = false } = step.params.verify ?? {};
  const windowMs = windowSeconds * 1000;
  const health = facts.health?.[step.target ?? ""];
  const now = Date.parse(facts.now);
  const deployed = Date.parse(since);
  if (!health && !probed && requiredChecks.length === 0) return { is: "well", note: "Nothing checks the health of this component" };
  const seen = health && Date.parse(health.seenAt) >= deployed ? health : undefined;
  const stableAt = seen?.verdict === "healthy" ? Math.max(deployed, Date.parse(seen.since)) + windowMs : undefined;
  const lacking = requiredChecks.flatMap((name) => whatLacks(name, health?.checks?.[name], deployed));
  const stable = stableAt !== undefined && now >= stableAt;
  if (stable && lacking.length === 0) return { is: "well", note: `Healthy for ${windowSeconds} s` };
  const deadline = deployed + 2 * windowMs + graceMs;
  const looks = seen ? `${seen.verdict}: ${seen.why}` : undefined;
  if (now >= deadline) {
    const why = stable ? [] : [looks ?? "no check has run since the deploy"];
    return { is: "over", why: [...why, ...lacking].join("; ") };
  }
  const onlyTime = stableAt !== undefined && lacking.length === 0;
  const required = requiredChecks.length === 0 ? "" : `, and its required checks to have said so (${requiredChecks.join(", ")})`;
  return {
    is: "waiting",
    hold: {
      reason: "stabilizing",
      since,
      waitsFor: `${step.target} to be healthy for ${windowSeconds} s${required}`,
      next: onlyTime ? "It goes on by itself then" : [`Now it is ${looks ?? "not checked yet since the deploy"}`, ...lacking].join("; "),
      deadline: new Date(onlyTime ? stableAt : deadline).toISOString(),
    },
  };
}

/** What keeps a required check from counting; nothing where it has said since the deploy that all is well. */
function whatLacks(name: string, check: CheckFact | undefined, deployed: number): string[] {
  if (!check || Date.parse(check.at) < deployed) return [`required check "${name}" has not reported since the deploy`];
  return check.status === "healthy" ? [] : [`required check "${name}" is ${check.status}: ${check.why}`];
}
