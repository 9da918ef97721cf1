import type { Ctx } from "../context.ts";
import { reopenWorkflow } from "./reopen.ts";
import { skipMoves } from "./retry.ts";

/** Goes on without a failed step, where that is allowed. @throws AppError `not_found`, `state_conflict` */
export function skipStep({ ctx, input }: { ctx: Ctx; input: { workflowId: string; stepId: string; note: string } }): Promise<void> {
  const note = `Skipped by ${ctx.actor}${input.note === "" ? "" : `: ${input.note}`}`;
  return reopenWorkflow({ ctx, input, movesOf: (steps) => skipMoves(steps, input.stepId, note) });
}
