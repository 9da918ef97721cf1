import { newId } from "@berth/kit/ids";
import { send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import type { Auto, Effect } from "../workflows/decide.ts";
import type { StepRow, WorkflowRow } from "../workflows/queries.ts";
import type { Verdict } from "./policies.ts";
import { approvalMachine } from "../workflows/state.ts";

/** Makes the approval of a step's newest plan; where a rule gives the vendor's vote and no other is needed, it is approved as it is made. */
export async function askApproval(
  ctx: Ctx,
  workflow: WorkflowRow,
  step: StepRow,
  input: Extract<Effect, { do: "ask_approval" }>,
): Promise<void> {
  const id = newId("approval");
  const now = ctx.system.now();
  const { planId, digest, auto, complete } = input;
  const note = auto === "policies" ? passed(input.policies ?? []) : notes[auto ?? "settings"];
  const asked = ctx.db.insertInto("approvals").values({
    id,
    org_id: ctx.orgId,
    install_id: workflow.install_id,
    workflow_id: workflow.id,
    step_id: step.id,
    step_attempt: step.attempt,
    plan_id: planId,
    digest,
    state: complete ? "approved" : "pending",
    created_at: now,
    expires_at: new Date(input.expiresAt),
    policies: input.policies ? toJsonb(input.policies) : null,
    ...(auto && complete ? { decision: "auto_approve", decided_by: "system", note, decided_at: now } : {}),
  });
  await send(ctx, asked);
  const data = { target: step.target, planId, digest };
  await tell(ctx, workflow, id, "requested", { ...data, ...(input.policies ? { policies: input.policies } : {}) });
  if (!auto) return;
  await keepVote(ctx, { ...byRule, approvalId: id, digest, note });
  await tell(ctx, workflow, id, complete ? "approved" : "voted", { ...data, decision: "auto_approve", scope: auto });
}

/** Gives the vendor's vote for what waited when a rule began to hold for it, or ends it where the votes are now enough. */
export async function autoApprove(
  ctx: Ctx,
  workflow: WorkflowRow,
  step: StepRow,
  input: Extract<Effect, { do: "auto_approve" }>,
): Promise<void> {
  const { approvalId, auto, complete } = input;
  const row = await ctx.db
    .selectFrom("approvals")
    .select(["digest", "plan_id"])
    .where("id", "=", approvalId)
    .where("state", "in", approvalMachine.statesAccepting("approve"))
    .executeTakeFirstOrThrow();
  if (auto !== "settings") await keepVote(ctx, { ...byRule, approvalId, digest: row.digest, note: notes[auto] });
  if (complete) {
    await ctx.db
      .updateTable("approvals")
      .set({ state: "approved", decision: "auto_approve", decided_by: "system", note: notes[auto], decided_at: ctx.system.now() })
      .where("id", "=", approvalId)
      .execute();
  }
  await tell(ctx, workflow, approvalId, complete ? "approved" : "voted", {
    target: step.target,
    planId: row.plan_id,
    digest: row.digest,
    decision: "auto_approve",
    scope: auto,
  });
}

/** The vendor's vote as a rule gives it. */
const byRule = { actor: "system", identity: "system", byStarter: false, side: "vendor", decision: "auto_approve" } as const;

/** Keeps who has decided what, about which bytes and from where. The same again changes nothing; nothing is ever taken away. */
export async function keepVote(
  ctx: Ctx,
  vote: {
    approvalId: string;
    actor: string;
    identity: string;
    byStarter: boolean;
    side: "vendor" | "customer";
    decision: string;
    digest: string;
    from?: string;
    note?: string;
  },
): Promise<void> {
  const kept = ctx.db
    .insertInto("approval_votes")
    .values({
      approval_id: vote.approvalId,
      org_id: ctx.orgId,
      actor: vote.actor,
      identity: vote.identity,
      by_starter: vote.byStarter,
      side: vote.side,
      decision: vote.decision,
      digest: vote.digest,
      voted_from: vote.from ?? null,
      note: vote.note ?? null,
      at: ctx.system.now(),
    })
    .onConflict((conflict) => conflict.columns(["approval_id", "actor", "decision"]).doNothing());
  await send(ctx, kept);
}

/** Ends an approval that nobody gave in time. */
export async function expireApproval(ctx: Ctx, workflow: WorkflowRow, approvalId: string): Promise<void> {
  const row = await ctx.db
    .updateTable("approvals")
    .set({ state: "expired", decided_at: ctx.system.now() })
    .where("id", "=", approvalId)
    .where("state", "in", approvalMachine.statesAccepting("expire"))
    .returning("digest")
    .executeTakeFirst();
  if (row) await tell(ctx, workflow, approvalId, "expired", { digest: row.digest });
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

function passed(policies: readonly Verdict[]): string {
  return policies.length === 0
    ? "the install's policies let every plan pass"
    : `it passes ${policies.map(({ policy }) => policy).join(", ")}`;
}

const notes: Readonly<Record<Auto, string>> = {
  workflow: "approve-all of the workflow",
  install: "approve-all of the install",
  policies: "the install's policies pass",
  settings: "the install's settings ask for no more approvals",
};

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
