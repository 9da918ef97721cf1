import type { Failure } from "@berth/protocol/job-result";
import { AppError } from "@berth/kit/errors";
import { endRun } from "../actions/end-run.ts";
import { send, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import type { StepRow, WorkflowRow } from "./queries.ts";
import { stepMachine, type StepEvent } from "./state.ts";

/** What a move says in the audit trail. */
const told: Readonly<Record<StepEvent, string>> = {
  start: "started",
  await: "awaiting_approval",
  approve: "approved",
  deny: "denied",
  succeed: "succeeded",
  fail: "failed",
  skip: "skipped",
  cancel: "cancelled",
  drop: "not_attempted",
  retry: "retried",
  replan: "planned_again",
  reopen: "reopened",
};

/**
 * Moves a step by its table: row, event, and the run where it is an action. The row in memory follows.
 * @param input.job for `start`: the job of the new attempt
 * @throws AppError `state_conflict` where the step is not in a state that takes the event
 */
export async function moveStep(
  ctx: Ctx,
  workflow: WorkflowRow,
  step: StepRow,
  input: { event: StepEvent; note?: string; failure?: Failure; job?: { id: string; buildId: string | null } },
): Promise<void> {
  const { event } = input;
  const state = stepMachine.next(step.state, event);
  const conflict = (): AppError => new AppError("state_conflict", `Step ${step.key} is ${step.state}; that does not go with "${event}"`);
  if (state === undefined) throw conflict();
  const now = ctx.system.now();
  const done = state !== "pending" && state !== "running" && state !== "awaiting_approval";
  const change = {
    state,
    failure: input.failure ?? null,
    waiting: null,
    note: input.note ?? (event === "approve" || event === "succeed" ? step.note : null),
    finished_at: done ? now : null,
    ...(event === "retry" ? { auto_retries: 0, not_before: null } : {}),
    ...(event === "start"
      ? {
          started_at: now,
          not_before: null,
          attempt: step.attempt + 1,
          job_id: input.job?.id ?? null,
          build_id: input.job?.buildId ?? null,
        }
      : {}),
  };
  await send(
    ctx,
    ctx.db
      .updateTable("steps")
      .set({ ...change, failure: input.failure ? toJsonb(input.failure) : null })
      .where("id", "=", step.id)
      .where("state", "in", stepMachine.statesAccepting(event))
      .returning("id"),
    ([moved]) => {
      if (!moved) throw conflict();
    },
  );
  Object.assign(step, change);
  await recordEvent(ctx, {
    subjectKind: "step",
    subjectId: step.id,
    event: told[event],
    installId: workflow.install_id,
    workflowId: workflow.id,
    data: {
      key: step.key,
      attempt: step.attempt,
      ...(input.note === undefined ? {} : { note: input.note }),
      ...(input.failure ? { failure: input.failure } : {}),
      ...(input.job ? { jobId: input.job.id } : {}),
    },
  });
  if (step.kind === "action" && done) await endRun(ctx, workflow, step);
}
