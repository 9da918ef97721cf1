import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { ChangingRefusal } from "../http/changing-refusal.ts";
import { setInstallApproveAll } from "../installs/set-approve-all.ts";
import { identityOf } from "../tokens/identity-of.ts";
import { advanceLocked } from "../workflows/advance.ts";
import { loadFacts } from "../workflows/load-facts.ts";
import { moveStep } from "../workflows/move-step.ts";
import { findWorkflow, listSteps, type StepRow, type WorkflowRow } from "../workflows/queries.ts";
import { approvalMachine } from "../workflows/state.ts";
import { comparePlans } from "./compare-plans.ts";
import { missingVotes, tally, type ApprovalNeeds } from "./needed.ts";
import { keepVote, supersedeApproval } from "./record.ts";
import { whyStale } from "./why-stale.ts";
import { approvalDetail, selectApprovals, votesOf, type ApprovalRow, type ApprovalView } from "./view.ts";

export type Decision = {
  approvalId: string;
  /**
   * `deny` ends the workflow; `deny_skip` leaves this component as it is and goes on, `deny_skip_dependents` also leaves out what makes no sense without it; `replan` asks
   * for a fresh plan.
   */
  decision: "approve" | "approve_all" | "deny" | "deny_skip" | "deny_skip_dependents" | "replan";
  /** What `approve_all` covers. */
  scope: "workflow" | "install";
  /** The plan that was looked at. */
  digest: string;
  note?: string | undefined;
};

/**
 * Decides on a plan by its digest; the workflow goes on in the same transaction. The same decision again is answered as the first time. A plan that would be another one
 * if it were made now is made again instead of being approved.
 * @throws AppError `not_found`; `approval_stale` with `changes` where the digest is not that of the current plan, or the plan does not stand any more; `state_conflict` where
 * it was decided otherwise, or a component can't be skipped
 */
export async function decideApproval({ ctx, input }: { ctx: Ctx; input: Decision }): Promise<ApprovalView> {
  const decided = await transact(ctx, (inner) => decide(inner, input));
  if (decided instanceof ChangingRefusal) throw decided;
  // Takes in the install's other workflows, each under its own lock.
  if (input.decision === "approve_all" && input.scope === "install") {
    await setInstallApproveAll({ ctx, input: { installId: decided.installId, enabled: true } });
  }
  return decided;
}

/** @returns an error where what was done is to stand although the decision was refused */
async function decide(ctx: Ctx, input: Decision): Promise<ApprovalView | ChangingRefusal> {
  if (ctx.onlyInstall !== undefined && (input.decision === "approve_all" || input.decision === "replan"))
    throw new AppError("forbidden", "A customer decides plan by plan: approve or deny this one");
  const found = await read(ctx, input.approvalId);
  const workflow = await findWorkflow(ctx, found.workflow_id, "lock");
  // Read again: it may have been decided while we waited for the lock.
  const approval = await read(ctx, input.approvalId);
  const steps = await listSteps(ctx, workflow.id);
  const step = steps.find(({ id }) => id === approval.step_id);
  if (!step || approval.digest !== input.digest || approval.state === "superseded" || step.attempt !== approval.step_attempt) {
    throw await stale(ctx, approval, step, input.digest);
  }
  const approves = input.decision === "approve" || input.decision === "approve_all";
  const state = approves ? "approved" : "denied";
  if (approval.state === "expired")
    throw new AppError(
      "state_conflict",
      `The plan could be decided on until ${approval.expires_at?.toISOString()}. Retry the step to plan again.`,
    );
  if (approval.state !== "pending") {
    if (approval.state === state && (approves || approval.decision === input.decision)) return approvalDetail(ctx, approval);
    const who = `${approval.decided_by ?? "somebody"} at ${approval.decided_at?.toISOString() ?? "an unknown time"}`;
    throw new AppError("state_conflict", `The plan was ${approval.state} by ${who} already`, { state: approval.state });
  }
  if (input.decision.startsWith("deny_skip") && step.params.skippable !== true)
    throw new AppError(
      "state_conflict",
      `${step.target ?? step.key} can't be skipped: everything else stands on it. Deny the plan, or ask for a new one.`,
    );
  if (input.decision === "replan") return planAgain(ctx, { workflow, steps, step, approval, note: "Planned again, as asked" });

  const loaded = await loadFacts(ctx, workflow, steps);
  const identity = await identityOf(ctx, ctx.actor);
  const byStarter = identity === (await identityOf(ctx, workflow.created_by));
  if (approves && byStarter && loaded.facts.settings.twoPerson)
    throw new AppError(
      "forbidden",
      "You started this workflow, and on this install two other people must approve a plan. You can deny it or ask for a new one.",
    );
  const why = approves ? await whyStale(ctx, loaded, step) : [];
  if (why.length > 0) {
    await planAgain(ctx, { workflow, steps, step, approval, note: `Planned again: ${why.join("; ")}` });
    const message = `The plan does not stand any more: ${why.join("; ")}. Nothing was approved; it is being made again.`;
    return new ChangingRefusal("approval_stale", message, { changes: why });
  }
  const now = ctx.system.now();
  const complete = await vote(ctx, { approval, decision: input, identity, byStarter, needs: loaded.facts.settings });
  if (complete) {
    await ctx.db
      .updateTable("approvals")
      .set({
        state,
        decision: input.decision,
        decided_by: ctx.actor,
        decided_from: ctx.from ?? null,
        note: input.note ?? null,
        decided_at: now,
      })
      .where("id", "=", approval.id)
      .where("state", "in", approvalMachine.statesAccepting(state === "denied" ? "deny" : "approve"))
      .execute();
  }
  await recordEvent(ctx, {
    subjectKind: "approval",
    subjectId: approval.id,
    event: complete ? state : "voted",
    installId: approval.install_id,
    workflowId: approval.workflow_id,
    data: {
      target: approval.target,
      digest: approval.digest,
      planId: approval.plan_id,
      decision: input.decision,
      ...(input.decision === "approve_all" ? { scope: input.scope } : {}),
      ...(ctx.from === undefined ? {} : { from: ctx.from }),
      ...(input.note === undefined ? {} : { note: input.note }),
    },
  });
  if (input.decision === "approve_all" && input.scope === "workflow") {
    await ctx.db.updateTable("workflows").set({ approve_all: true }).where("id", "=", workflow.id).execute();
    workflow.approve_all = true;
  }
  await advanceLocked(ctx, workflow, steps);
  return approvalDetail(ctx, await read(ctx, approval.id));
}

/** Keeps the vote. @returns whether the plan is decided by it: at once by a denial, by an approval when there are enough */
async function vote(
  ctx: Ctx,
  input: { approval: ApprovalRow; decision: Decision; identity: string; byStarter: boolean; needs: ApprovalNeeds },
): Promise<boolean> {
  const { approval, decision, identity, byStarter, needs } = input;
  await keepVote(ctx, {
    approvalId: approval.id,
    actor: ctx.actor,
    identity,
    byStarter,
    side: ctx.onlyInstall === undefined ? "vendor" : "customer",
    decision: decision.decision,
    digest: decision.digest,
    ...(ctx.from === undefined ? {} : { from: ctx.from }),
    ...(decision.note === undefined ? {} : { note: decision.note }),
  });
  if (decision.decision.startsWith("deny")) return true;
  return missingVotes(needs, tally(await votesOf(ctx, approval.id))).length === 0;
}

/** Takes the plan back and makes a new one. */
async function planAgain(
  ctx: Ctx,
  input: { workflow: WorkflowRow; steps: StepRow[]; step: StepRow; approval: ApprovalRow; note: string },
): Promise<ApprovalView> {
  const { workflow, steps, step, approval, note } = input;
  await supersedeApproval(ctx, workflow, approval.id);
  await moveStep(ctx, workflow, step, { event: "replan", note });
  await advanceLocked(ctx, workflow, steps);
  return approvalDetail(ctx, await read(ctx, approval.id));
}

async function read(ctx: Ctx, approvalId: string): Promise<ApprovalRow> {
  const row = await selectApprovals(ctx).where("approvals.id", "=", approvalId).executeTakeFirst();
  if (!row) throw new AppError("not_found", `There is no approval ${approvalId}`);
  return row;
}

/** The refusal of a digest that is not current, with what the current plan would do otherwise. */
async function stale(ctx: Ctx, approval: ApprovalRow, step: StepRow | undefined, digest: string): Promise<AppError> {
  const plans = await ctx.db
    .selectFrom("plans")
    .innerJoin("jobs", "jobs.id", "plans.job_id")
    .leftJoin("approvals", "approvals.plan_id", "plans.id")
    .select(["plans.digest", "plans.summary", "plans.job_id", "approvals.id as approval_id", "approvals.state"])
    .where("jobs.step_id", "=", approval.step_id)
    .orderBy("plans.created_at", "desc")
    .execute();
  const current = plans.find((plan) => plan.job_id === step?.job_id);
  const seen = plans.find((plan) => plan.digest === digest);
  const changes = comparePlans(seen?.summary ?? undefined, current?.summary ?? undefined);
  const next =
    current?.state === "pending" ? `Look at the current plan ${current.digest} and decide on that.` : "Look at the workflow again.";
  return new AppError("approval_stale", `The plan ${digest} is no longer current: ${changes.join("; ")}. ${next}`, {
    changes,
    ...(current ? { currentDigest: current.digest } : {}),
    ...(current?.approval_id == null ? {} : { currentApprovalId: current.approval_id }),
  });
}
