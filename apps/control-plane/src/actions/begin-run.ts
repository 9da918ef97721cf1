import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";
import { openValues, sealValues } from "../installs/sealed.ts";
import type { StepRow, WorkflowRow } from "../workflows/queries.ts";

/** A run that was made in this transaction. It is stored once: as it is when its job is queued, or when it is known that it has to wait. */
export type NewRun = {
  id: string;
  env: Record<string, string>;
  createdAt: Date;
  stored: boolean;
  /** Its job, from the moment on that this is queued. */
  job?: { id: string; logStreamId: string; startedAt: Date };
};

/** A run with variables that win over the action's own. */
export function newRun(ctx: Ctx, env: Record<string, string>): NewRun {
  return { id: newId("actionRun"), env, createdAt: ctx.system.now(), stored: false };
}

/** The run that an action step is about to start: the one that waits for it, or a new one with the same environment when the step is tried again. */
export async function beginRun(ctx: Ctx, step: StepRow): Promise<NewRun> {
  if (step.run && !step.run.stored) return step.run;
  const last = await ctx.db
    .selectFrom("action_runs")
    .select(["id", "env_enc", "state", "created_at"])
    .where("step_id", "=", step.id)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  const env = last ? (openValues(ctx.system.vault, "env", last.id, last.env_enc) as Record<string, string>) : {};
  if (last?.state === "queued") return { id: last.id, env, createdAt: last.created_at, stored: true };
  return newRun(ctx, env);
}

/** Stores a run as it is now: waiting for its step, or with its job. */
export async function storeRun(ctx: Ctx, workflow: WorkflowRow, step: StepRow, run: NewRun): Promise<void> {
  const state = run.job ? { state: "running" as const, job_id: run.job.id, started_at: run.job.startedAt } : { state: "queued" as const };
  if (run.stored) {
    await ctx.db.updateTable("action_runs").set(state).where("id", "=", run.id).where("state", "=", "queued").execute();
    return;
  }
  await ctx.db
    .insertInto("action_runs")
    .values({
      id: run.id,
      org_id: ctx.orgId,
      install_id: workflow.install_id,
      workflow_id: workflow.id,
      step_id: step.id,
      action: step.params.action ?? "",
      trigger: step.params.trigger ?? "manual",
      outputs: null,
      env_enc: sealValues(ctx.system.vault, "env", run.id, run.env),
      failure: null,
      created_at: run.createdAt,
      ...state,
    })
    .execute();
  run.stored = true;
}
