import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import type { StepRow, WorkflowRow } from "../workflows/queries.ts";
import { approvalMachine } from "../workflows/state.ts";

type Scope = "workflow" | "install";

/** Makes the approval of a step's newest plan; under approve-all it is approved as it is made. */
export async function askApproval(
  ctx: Ctx,
  workflow: WorkflowRow,
  step: StepRow,
  input: { planId: string; digest: string; auto?: Scope },
): Promise<void> {
  const id = newId("approval");
  const now = ctx.system.now();
  await ctx.db
    .insertInto("approvals")
    .values({
      id,
      org_id: ctx.orgId,
      install_id: workflow.install_id,
      workflow_id: workflow.id,
      step_id: step.id,
      step_attempt: step.attempt,
      plan_id: input.planId,
      digest: input.digest,
      state: input.auto ? "approved" : "pending",
      created_at: now,
      ...(input.auto ? { decision: "auto_approve", decided_by: "system", note: autoNote(input.auto), decided_at: now } : {}),
    })
    .execute();
  const data = { target: step.target, planId: input.planId, digest: input.digest };
  await tell(ctx, workflow, id, "requested", data);
  if (input.auto) await tell(ctx, workflow, id, "approved", { ...data, decision: "auto_approve", scope: input.auto });
}

/** Approves what waited when approve-all was switched on. */
export async function autoApprove(
  ctx: Ctx,
  workflow: WorkflowRow,
  step: StepRow,
  input: { approvalId: string; auto: Scope },
): Promise<void> {
  const row = await ctx.db
    .updateTable("approvals")
    .set({ state: "approved", decision: "auto_approve", decided_by: "system", note: autoNote(input.auto), decided_at: ctx.system.now() })
    .where("id", "=", input.approvalId)
    .where("state", "in", approvalMachine.statesAccepting("approve"))
    .returning(["digest", "plan_id"])
    .executeTakeFirstOrThrow();
  await tell(ctx, workflow, input.approvalId, "approved", {
    target: step.target,
    planId: row.plan_id,
    digest: row.digest,
    decision: "auto_approve",
    scope: input.auto,
  });
}

/** Closes an approval that nobody has to give any more. */
export async function supersedeApproval(ctx: Ctx, workflow: WorkflowRow, approvalId: string): Promise<void> {
  const row = await ctx.db
    .updateTable("approvals")
    .set({ state: "superseded", decided_at: ctx.system.now() })
    .where("id", "=", approvalId)
    .where("state", "in", approvalMachine.statesAccepting("supersede"))
    .returning("digest")
    .executeTakeFirst();
  if (row) await tell(ctx, workflow, approvalId, "superseded", { digest: row.digest });
}

function autoNote(scope: Scope): string {
  return `approve-all of the ${scope}`;
}

async function tell(ctx: Ctx, workflow: WorkflowRow, approvalId: string, event: string, data: Record<string, unknown>): Promise<void> {
  await recordEvent(ctx, {
    subjectKind: "approval",
    subjectId: approvalId,
    event,
    installId: workflow.install_id,
    workflowId: workflow.id,
    data,
  });
}
