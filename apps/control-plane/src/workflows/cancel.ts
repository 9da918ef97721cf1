import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { advanceLocked } from "./advance.ts";
import { findWorkflow, listSteps } from "./queries.ts";
import { workflowMachine } from "./state.ts";

/**
 * Cancels a workflow: nothing new starts, queued jobs end, running ones are asked to stop, and it ends when they have. A second cancel changes nothing.
 * @throws AppError `not_found`; `state_conflict` where it has ended
 */
export function cancelWorkflow(args: { ctx: Ctx; input: { workflowId: string; reason: string } }): Promise<void> {
  const { workflowId, reason } = args.input;
  return transact(args.ctx, async (ctx) => {
    const workflow = await findWorkflow(ctx, workflowId, "lock");
    if (workflow.state === "cancelled" || workflow.cancel_requested_at) return;
    if (!workflowMachine.statesAccepting("cancel").includes(workflow.state)) {
      throw new AppError("state_conflict", `Workflow ${workflowId} has ${workflow.state} already, so there is nothing to cancel`);
    }
    const now = ctx.system.now();
    await ctx.db.updateTable("workflows").set({ cancel_requested_at: now }).where("id", "=", workflowId).execute();
    workflow.cancel_requested_at = now;
    await recordEvent(ctx, {
      subjectKind: "workflow",
      subjectId: workflowId,
      event: "cancel_requested",
      installId: workflow.install_id,
      workflowId,
      data: { reason },
    });
    await advanceLocked(ctx, workflow, await listSteps(ctx, workflowId));
  });
}
