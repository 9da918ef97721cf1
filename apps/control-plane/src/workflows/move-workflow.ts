import type { Failure } from "@berth/protocol/job-result";
import { AppError } from "@berth/kit/errors";
import { afterCommit, send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { moveInstall } from "../installs/move.ts";
import { besideOperations, type WorkflowRow } from "./queries.ts";
import { workflowMachine, type WorkflowEvent } from "./state.ts";

const told: Readonly<Record<WorkflowEvent, string>> = {
  start: "started",
  await: "awaiting_approval",
  resume: "resumed",
  succeed: "succeeded",
  fail: "failed",
  cancel: "cancelled",
  reopen: "reopened",
};

/**
 * Moves a workflow by its table: row, event, the install's state, and when it ends the next in line. The row in memory follows.
 * @throws AppError `state_conflict`
 */
export async function moveWorkflow(ctx: Ctx, workflow: WorkflowRow, event: WorkflowEvent, failure?: Failure): Promise<void> {
  const state = workflowMachine.next(workflow.state, event);
  const conflict = (): AppError =>
    new AppError("state_conflict", `Workflow ${workflow.id} is ${workflow.state}; that does not go with "${event}"`);
  if (state === undefined) throw conflict();
  const now = ctx.system.now();
  const ended = event === "succeed" || event === "fail" || event === "cancel";
  const change = {
    state,
    failure: failure ?? null,
    ...(event === "start" && !workflow.started_at ? { started_at: now } : {}),
    ...(ended ? { finished_at: now, waiting: null } : {}),
    ...(event === "reopen" ? { finished_at: null } : {}),
  };
  await send(
    ctx,
    ctx.db
      .updateTable("workflows")
      .set({ ...change, failure: failure ? toJsonb(failure) : null })
      .where("id", "=", workflow.id)
      .where("state", "in", workflowMachine.statesAccepting(event))
      .returning("id"),
    ([moved]) => {
      if (!moved) throw conflict();
    },
  );
  Object.assign(workflow, change);
  const alone = !besideOperations.includes(workflow.operation);
  if (alone && !workflow.plan_only) await moveInstall(ctx, workflow, event);
  // After what it does to the install: for those who follow a workflow its end is the last thing there is.
  await recordEvent(ctx, {
    subjectKind: "workflow",
    subjectId: workflow.id,
    event: told[event],
    installId: workflow.install_id,
    workflowId: workflow.id,
    data: { operation: workflow.operation, ...(failure ? { failure } : {}) },
  });
  if (alone && ended) await wakeQueued(ctx, workflow);
}

/** Those that queued behind this one look again: several may start now, where they claim different targets. */
async function wakeQueued(ctx: Ctx, workflow: WorkflowRow): Promise<void> {
  const queued = await ctx.db
    .selectFrom("workflows")
    .select("id")
    .where("install_id", "=", workflow.install_id)
    .where("state", "=", "queued")
    .where("operation", "not in", besideOperations)
    .orderBy("created_at")
    .orderBy("id")
    .limit(50)
    .execute();
  for (const { id } of queued) await afterCommit(ctx, { kind: "enqueue", queue: "workflow-advance", data: { workflowId: id } });
}
