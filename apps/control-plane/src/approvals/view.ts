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
    .where("approvals.org_id", "=", ctx.orgId)
    .$if(ctx.onlyInstall !== undefined, (query) => query.where("approvals.install_id", "=", ctx.onlyInstall ?? ""));
}

export type ApprovalRow = Awaited<ReturnType<ReturnType<typeof selectApprovals>["executeTakeFirstOrThrow"]>>;

export type VoteRow = {
  actor: string;
  side: "vendor" | "customer";
  decision: string;
  digest: string;
  voted_from: string | null;
  note: string | null;
  at: Date;
};

/** Who has said what to a plan, oldest first. */
export function votesOf(ctx: Ctx, approvalId: string): Promise<VoteRow[]> {
  return ctx.db
    .selectFrom("approval_votes")
    .select(["actor", "side", "decision", "digest", "voted_from", "note", "at"])
    .where("org_id", "=", ctx.orgId)
    .where("approval_id", "=", approvalId)
    .orderBy("at")
    .execute();
}

/** @param votes where they were read: lists go without */
export function approvalView(row: ApprovalRow, votes?: readonly VoteRow[]): ApprovalView {
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
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    ...(row.policies ? { policies: row.policies } : {}),
    ...(votes
      ? {
          votes: votes.map((vote) => ({
            by: vote.actor,
            side: vote.side,
            decision: vote.decision,
            digest: vote.digest,
            at: vote.at.toISOString(),
            ...(vote.voted_from === null ? {} : { from: vote.voted_from }),
            ...(vote.note === null ? {} : { note: vote.note }),
          })),
        }
      : {}),
  };
}
