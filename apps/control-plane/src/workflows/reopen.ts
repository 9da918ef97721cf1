import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { advanceLocked } from "./advance.ts";
import type { StepFact } from "./facts.ts";
import { loadFacts } from "./load-facts.ts";
import { moveStep } from "./move-step.ts";
import { moveWorkflow } from "./move-workflow.ts";
import { findWorkflow, listSteps } from "./queries.ts";
import type { Move, Refused } from "./retry.ts";

/** Makes moves that let a workflow go on after a failure, and goes on. A workflow that had failed takes its place in the install's line again. */
export function reopenWorkflow(args: {
  ctx: Ctx;
  input: { workflowId: string; stepId: string };
  movesOf: (steps: readonly StepFact[]) => Move[] | Refused;
}): Promise<void> {
  const { workflowId, stepId } = args.input;
  return transact(args.ctx, async (ctx) => {
    const workflow = await findWorkflow(ctx, workflowId, "lock");
    const steps = await listSteps(ctx, workflowId);
    if (!steps.some((step) => step.id === stepId)) throw new AppError("not_found", `Workflow ${workflowId} has no step ${stepId}`);
    if (workflow.state === "succeeded" || workflow.state === "cancelled" || workflow.cancel_requested_at) {
      throw new AppError(
        "state_conflict",
        `Workflow ${workflowId} ${workflow.cancel_requested_at ? "is cancelled" : "has succeeded"}. Start the operation again instead.`,
      );
    }
    const moves = args.movesOf((await loadFacts(ctx, workflow, steps)).facts.steps);
    if ("refused" in moves) throw new AppError("state_conflict", moves.refused);
    for (const { stepId: id, ...move } of moves) {
      const step = steps.find((candidate) => candidate.id === id);
      if (step) await moveStep(ctx, workflow, step, move);
    }
    if (workflow.state === "failed") await moveWorkflow(ctx, workflow, "reopen");
    await advanceLocked(ctx, workflow, steps);
  });
}
