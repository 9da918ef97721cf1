import type { approvalSchema } from "@berth/api/contract/approvals";
import type { z } from "zod";
import type { Ctx } from "../context.ts";

export type ApprovalView = z.input<typeof approvalSchema>;

/** The org's approvals with their step and plan. */
export function selectApprovals(ctx: Ctx) {
  return ctx.db
    .selectFrom("approvals")
    .innerJoin("steps", "steps.id", "approvals.step_id")
    .innerJoin("plans", "plans.id", "approvals.plan_id")
    .selectAll("approvals")
    .select(["steps.key", "steps.target", "steps.params", "plans.summary"])
    .where("approvals.org_id", "=", ctx.orgId);
}

export type ApprovalRow = Awaited<ReturnType<ReturnType<typeof selectApprovals>["executeTakeFirstOrThrow"]>>;

export function approvalView(row: ApprovalRow): ApprovalView {
  return {
    id: row.id,
    installId: row.install_id,
    workflowId: row.workflow_id,
    stepId: row.step_id,
    stepKey: row.key,
    destroy: row.params["destroy"] === true,
    planId: row.plan_id,
    digest: row.digest,
    state: row.state,
    createdAt: row.created_at.toISOString(),
    ...(row.target === null ? {} : { target: row.target }),
    ...(row.summary ? { plan: row.summary } : {}),
    ...(row.decision === null ? {} : { decision: row.decision }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.decided_from === null ? {} : { decidedFrom: row.decided_from }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.decided_at ? { decidedAt: row.decided_at.toISOString() } : {}),
  };
}
