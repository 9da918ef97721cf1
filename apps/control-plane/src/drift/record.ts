import { newId } from "@berth/kit/ids";
import type { PlanSummary } from "@berth/protocol/job-result";
import { send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";

/** What a check of a target has found. */
export type Checked = { installId: string; target: string; workflowId: string; planId: string; plan: PlanSummary };

/**
 * Keeps what a drift check has found of a target: a record opens with the first difference, follows what later checks find, and is cleared by the first that finds none.
 */
export async function recordCheck(ctx: Ctx, checked: Checked): Promise<void> {
  const { installId, target, plan } = checked;
  if (!plan.hasChanges) {
    await clearDrift(ctx, { installId, target, workflowId: checked.workflowId, by: "a check that found no difference" });
    return;
  }
  const now = ctx.system.now();
  const values = {
    kind: onlyOutputs(plan) ? ("outputs" as const) : ("resources" as const),
    plan_id: checked.planId,
    summary: toJsonb(plan),
    workflow_id: checked.workflowId,
    checked_at: now,
  };
  const id = newId("drift");
  const row = await ctx.db
    .insertInto("drifts")
    .values({ id, org_id: ctx.orgId, install_id: installId, target, state: "open", detected_at: now, ...values })
    .onConflict((conflict) => conflict.columns(["install_id", "target"]).where("state", "=", "open").doUpdateSet(values))
    .returning("id")
    .executeTakeFirstOrThrow();
  // It was open already.
  if (row.id !== id) return;
  await recordEvent(ctx, {
    subjectKind: "drift",
    subjectId: id,
    event: "detected",
    installId,
    workflowId: checked.workflowId,
    data: {
      target,
      kind: values.kind,
      create: plan.create,
      update: plan.update,
      replace: plan.replace,
      delete: plan.delete,
      drifted: plan.drifted ?? 0,
    },
  });
}

/** Clears the open record of a target, if there is one. */
export async function clearDrift(ctx: Ctx, input: { installId: string; target: string; workflowId: string; by: string }): Promise<void> {
  const now = ctx.system.now();
  const cleared = ctx.db
    .updateTable("drifts")
    .set({ state: "cleared", cleared_at: now, checked_at: now, cleared_by: input.by })
    .where("install_id", "=", input.installId)
    .where("target", "=", input.target)
    .where("state", "=", "open")
    .returning("id");
  await send(ctx, cleared, async ([row]) => {
    if (!row) return;
    await recordEvent(ctx, {
      subjectKind: "drift",
      subjectId: row.id,
      event: "cleared",
      installId: input.installId,
      workflowId: input.workflowId,
      data: { target: input.target, by: input.by },
    });
  });
}

/** Nothing in the account is otherwise; only values that are derived from it. What a release puts back is counted apart, and it has no outputs. */
function onlyOutputs(plan: PlanSummary): boolean {
  return plan.create + plan.update + plan.replace + plan.delete === 0 && plan.outputsChanged.length > 0;
}
