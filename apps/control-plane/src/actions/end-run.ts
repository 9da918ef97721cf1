import type { Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import type { StepState } from "../db/schema.ts";
import { onCheckEnded } from "../health/on-run-ended.ts";
import { rebuildState } from "../installs/rebuild-state.ts";
import { sealValues } from "../installs/sealed.ts";
import { readJobOutputs, sealedPart } from "../jobs/open-outputs.ts";
import type { StepRow, WorkflowRow } from "../workflows/queries.ts";
import { storeRun } from "./begin-run.ts";

const ends: Readonly<Partial<Record<StepState, "succeeded" | "failed" | "cancelled">>> = {
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
  not_attempted: "cancelled",
  skipped: "cancelled",
};

/**
 * Ends the run of an action step that has ended, with its outputs. A run that has ended already (its failed step was skipped) stays as it is.
 * The outputs of scheduled runs are in the tree that templates read, but make no version of the state: a check every minute is not news.
 */
export async function endRun(ctx: Ctx, workflow: WorkflowRow, step: StepRow): Promise<void> {
  const state = ends[step.state];
  if (!state) return;
  const { plain, ...rest } =
    state === "succeeded" && step.job_id !== null
      ? await readJobOutputs({ ctx, jobId: step.job_id })
      : { plain: {}, sensitive: {}, steps: {} };
  const secret = sealedPart(rest) ?? {};
  // It ends before it could start.
  if (step.run && !step.run.stored) await storeRun(ctx, workflow, step, step.run);
  const open = await ctx.db
    .selectFrom("action_runs")
    .select(["id", "trigger"])
    .where("step_id", "=", step.id)
    .where("state", "in", ["queued", "running"])
    .executeTakeFirst();
  if (!open) return;
  await ctx.db
    .updateTable("action_runs")
    .set({
      state,
      outputs: toJsonb(plain),
      sensitive_enc: sealValues(ctx.system.vault, "run", open.id, secret),
      failure: step.failure ? toJsonb(step.failure) : null,
      finished_at: ctx.system.now(),
    })
    .where("id", "=", open.id)
    .execute();
  if (state !== "cancelled") {
    const at = ctx.system.now();
    await onCheckEnded(ctx, { installId: workflow.install_id, action: step.params.action ?? "", state, why: step.failure?.detail, at });
  }
  const hasOutputs = Object.keys(plain).length > 0;
  if (state === "succeeded" && hasOutputs && open.trigger !== "cron") {
    await rebuildState(ctx, { installId: workflow.install_id, cause: `action ${step.params.action} (${open.trigger})` });
  }
}
