import type { Waiting } from "../db/schema.ts";
import type { Explanation } from "./explain.ts";
import type { Facts, StepFact } from "./facts.ts";

/** What has failed waits for a person: which step, since when, and what they can do. Nothing where all goes on by itself or has ended for good. Pure. */
export function explainEnded(facts: Facts): Explanation {
  const steps = new Map<string, Waiting>();
  if (facts.workflow.state === "succeeded" || facts.workflow.state === "cancelled") return { steps };
  for (const step of facts.steps) {
    if (step.state === "failed" || step.state === "denied") steps.set(step.id, waitsForPerson(step, facts));
  }
  const [first] = steps.values();
  return facts.workflow.state === "failed" && first ? { workflow: first, steps } : { steps };
}

function waitsForPerson(step: StepFact, facts: Facts): Waiting {
  const skip = step.state === "failed" && step.params.skippable === true ? ", skip it to go on without it," : "";
  return {
    reason: step.failure?.reason ?? step.state,
    since: step.finishedAt ?? facts.now,
    waitsFor: `a person: ${step.key} ${step.state === "denied" ? "was not approved" : "has failed"}`,
    next: `Retry it, which plans again${skip} or leave the workflow as it ended`,
  };
}
