import type { Ctx } from "../context.ts";
import { reopenWorkflow } from "./reopen.ts";
import { retryMoves } from "./retry.ts";

/** Tries a failed or denied step again; an apply is planned and approved anew. @throws AppError `not_found`, `state_conflict` */
export function retryStep({ ctx, input }: { ctx: Ctx; input: { workflowId: string; stepId: string } }): Promise<void> {
  return reopenWorkflow({ ctx, input, movesOf: (steps) => retryMoves(steps, input.stepId) });
}
