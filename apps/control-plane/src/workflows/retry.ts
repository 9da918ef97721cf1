import type { StepFact } from "./facts.ts";
import { isDone, type StepEvent } from "./state.ts";

export type Move = { stepId: string; event: StepEvent; note?: string };
export type Refused = { refused: string };

/**
 * The moves that try a step again. An apply is planned again first: what it was approved for may not be what it would do now.
 * Steps that were not attempted get their chance again.
 */
export function retryMoves(steps: readonly StepFact[], stepId: string): Move[] | Refused {
  const step = steps.find((candidate) => candidate.id === stepId);
  if (!step || (step.state !== "failed" && step.state !== "denied")) {
    return { refused: `Only a failed or denied step can be retried; this one is ${step?.state ?? "not here"}` };
  }
  const moves: Move[] = [{ stepId, event: "retry" }];
  const plan = steps.find((candidate) => candidate.key === step.params.plan);
  if (plan) moves.push({ stepId: plan.id, event: "replan", note: `Planned again for a retry of ${step.key}` });
  return [...moves, ...reopened(steps)];
}

/** The moves that go on without a failed step. A plan that is skipped takes its apply along. */
export function skipMoves(steps: readonly StepFact[], stepId: string, note: string): Move[] | Refused {
  const step = steps.find((candidate) => candidate.id === stepId);
  if (!step || step.state !== "failed") return { refused: `Only a failed step can be skipped; this one is ${step?.state ?? "not here"}` };
  if (step.params.skippable !== true)
    return { refused: `Step ${step.key} can't be skipped: everything else stands on it. Retry it or cancel the workflow.` };
  const apply = steps.find((candidate) => candidate.params.plan === step.key && !isDone(candidate.state));
  const others = reopened(steps);
  return [
    { stepId, event: "skip", note },
    ...others,
    ...(apply ? [{ stepId: apply.id, event: "skip" as const, note: `Its plan was skipped: ${note}` }] : []),
  ];
}

/** What a failure, a denial or a cancellation kept from running gets its chance again; a plan that was never approved is made anew. */
function reopened(steps: readonly StepFact[]): Move[] {
  return steps
    .filter((step) => step.state === "not_attempted")
    .flatMap((step): Move[] => {
      const plan = steps.find((candidate) => candidate.key === step.params.plan);
      const again = plan?.state === "succeeded" && plan.approval?.state !== "approved";
      return [{ stepId: step.id, event: "reopen" }, ...(again ? [{ stepId: plan.id, event: "replan" as const }] : [])];
    });
}
