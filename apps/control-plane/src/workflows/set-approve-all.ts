import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { advanceLocked } from "./advance.ts";
import { findWorkflow, listSteps } from "./queries.ts";

/** Turns approve-all of a workflow on or off. Plans that wait are approved as it goes on. @throws AppError `not_found`; `state_conflict` where it has ended */
export function setWorkflowApproveAll(args: { ctx: Ctx; input: { workflowId: string; enabled: boolean } }): Promise<void> {
  const { workflowId, enabled } = args.input;
  return transact(args.ctx, async (ctx) => {
    const workflow = await findWorkflow(ctx, workflowId, "lock");
    if (workflow.approve_all === enabled) return;
    if (workflow.state === "succeeded" || workflow.state === "cancelled") {
      throw new AppError("state_conflict", `Workflow ${workflowId} has ${workflow.state}; there is nothing left to approve`);
    }
    await ctx.db.updateTable("workflows").set({ approve_all: enabled }).where("id", "=", workflowId).execute();
    workflow.approve_all = enabled;
    await recordEvent(ctx, {
      subjectKind: "workflow",
      subjectId: workflowId,
      event: enabled ? "approve_all_on" : "approve_all_off",
      installId: workflow.install_id,
      workflowId,
    });
    if (workflow.state !== "failed") await advanceLocked(ctx, workflow, await listSteps(ctx, workflowId));
  });
}
