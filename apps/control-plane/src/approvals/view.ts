import type { approvalSchema } from "@berth/api/contract/approvals";
import type { z } from "zod";
import type { PlanSummary } from "@berth/protocol/job-result";
import type { Ctx } from "../context.ts";
import { comparePlans } from "./compare-plans.ts";

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
  identity: string;
  by_starter: boolean;
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
    .select(["actor", "identity", "by_starter", "side", "decision", "digest", "voted_from", "note", "at"])
    .where("org_id", "=", ctx.orgId)
    .where("approval_id", "=", approvalId)
    .orderBy("at")
    .execute();
}

/** An approval with all that is known of it. */
export async function approvalDetail(ctx: Ctx, row: ApprovalRow): Promise<ApprovalView> {
  const votes = await votesOf(ctx, row.id);
  const before = await planBefore(ctx, row);
  return approvalView(row, { votes, ...(before ? { changes: comparePlans(before, row.summary ?? undefined) } : {}) });
}

/** What the step's plan before this one would have done; undefined where there was none. */
async function planBefore(ctx: Ctx, row: ApprovalRow): Promise<PlanSummary | undefined> {
  const before = await ctx.db
    .selectFrom("plans")
    .innerJoin("jobs", "jobs.id", "plans.job_id")
    .innerJoin("plans as own", (join) => join.on("own.id", "=", row.plan_id))
    .select("plans.summary")
    .where("plans.org_id", "=", ctx.orgId)
    .where("jobs.step_id", "=", row.step_id)
    .where("plans.id", "!=", row.plan_id)
    .whereRef("plans.created_at", "<", "own.created_at")
    .orderBy("plans.created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return before?.summary ?? undefined;
}

/** @param more where it was read: lists go without */
export function approvalView(row: ApprovalRow, more: { votes?: readonly VoteRow[]; changes?: string[] } = {}): ApprovalView {
  const { votes, changes } = more;
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
    ...(changes ? { changes } : {}),
    ...(votes
      ? {
          votes: votes.map((vote) => ({
            by: vote.actor,
            identity: vote.identity,
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
