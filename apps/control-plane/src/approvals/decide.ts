import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { setInstallApproveAll } from "../installs/set-approve-all.ts";
import { advanceLocked } from "../workflows/advance.ts";
import { findWorkflow, listSteps, type StepRow } from "../workflows/queries.ts";
import { approvalMachine } from "../workflows/state.ts";
import { comparePlans } from "./compare-plans.ts";
import { approvalView, selectApprovals, type ApprovalRow, type ApprovalView } from "./view.ts";

export type Decision = {
  approvalId: string;
  decision: "approve" | "deny" | "approve_all";
  /** What `approve_all` covers. */
  scope: "workflow" | "install";
  /** The plan that was looked at. */
  digest: string;
  note?: string | undefined;
};

/**
 * Approves or denies a plan by its digest; the workflow goes on in the same transaction. The same decision again is answered as the first time.
 * @throws AppError `not_found`; `approval_stale` with `changes` where the digest is not that of the current plan; `state_conflict` where it was decided otherwise
 */
export async function decideApproval({ ctx, input }: { ctx: Ctx; input: Decision }): Promise<ApprovalView> {
  const view = await transact(ctx, (inner) => decide(inner, input));
  // Takes in the install's other workflows, each under its own lock.
  if (input.decision === "approve_all" && input.scope === "install") {
    await setInstallApproveAll({ ctx, input: { installId: view.installId, enabled: true } });
  }
  return view;
}

async function decide(ctx: Ctx, input: Decision): Promise<ApprovalView> {
  const found = await read(ctx, input.approvalId);
  const workflow = await findWorkflow(ctx, found.workflow_id, "lock");
  // Read again: it may have been decided while we waited for the lock.
  const approval = await read(ctx, input.approvalId);
  const steps = await listSteps(ctx, workflow.id);
  const step = steps.find(({ id }) => id === approval.step_id);
  if (approval.digest !== input.digest || approval.state === "superseded" || step?.attempt !== approval.step_attempt) {
    throw await stale(ctx, approval, step, input.digest);
  }
  const state = input.decision === "deny" ? "denied" : "approved";
  if (approval.state !== "pending") {
    if (approval.state === state) return approvalView(approval);
    const who = `${approval.decided_by ?? "somebody"} at ${approval.decided_at?.toISOString() ?? "an unknown time"}`;
    throw new AppError("state_conflict", `The plan was ${approval.state} by ${who} already`, { state: approval.state });
  }
  const now = ctx.system.now();
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
  await recordEvent(ctx, {
    subjectKind: "approval",
    subjectId: approval.id,
    event: state,
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
  return approvalView(await read(ctx, approval.id));
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
