import type { Facts, StepFact } from "./facts.ts";
import type { Hold } from "./readiness.ts";

/** What a step that waits for health comes to: it is well, it goes on waiting, or it has waited long enough. */
export type Verification = { is: "well"; note: string } | { is: "waiting"; hold: Hold } | { is: "over"; why: string };

/** Beyond twice the window it may take so long until the first checks have run. */
const graceMs = 5 * 60_000;

/**
 * Whether a component that was just deployed has been healthy for its window. Only what was seen after the deploy counts. One that nothing checks passes: there is nothing to wait for.
 * @param since when the deploy was done
 */
export function verify(step: StepFact, facts: Facts, since: string): Verification {
  const windowMs = (step.params.verify?.windowSeconds ?? 0) * 1000;
  const health = facts.health?.[step.target ?? ""];
  const now = Date.parse(facts.now);
  const deployed = Date.parse(since);
  if (!health) return { is: "well", note: "Nothing checks the health of this component" };
  const seen = Date.parse(health.seenAt) >= deployed;
  const from = Math.max(deployed, Date.parse(health.since));
  if (seen && health.verdict === "healthy" && now >= from + windowMs) return { is: "well", note: `Healthy for ${windowMs / 1000} s` };
  const deadline = deployed + 2 * windowMs + graceMs;
  if (now >= deadline) return { is: "over", why: seen ? `${health.verdict}: ${health.why}` : "no check has run since the deploy" };
  const healthy = seen && health.verdict === "healthy";
  return {
    is: "waiting",
    hold: {
      reason: "stabilizing",
      since,
      waitsFor: `${step.target} to be healthy for ${windowMs / 1000} s`,
      next: healthy
        ? "It goes on by itself then"
        : `Now it is ${seen ? `${health.verdict}: ${health.why}` : "not checked yet since the deploy"}`,
      deadline: new Date(healthy ? from + windowMs : deadline).toISOString(),
    },
  };
}
