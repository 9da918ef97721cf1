import { newId } from "@berth/kit/ids";
import type { Ctx } from "../context.ts";
import { openValues, sealValues } from "../installs/sealed.ts";
import type { StepRow, WorkflowRow } from "../workflows/queries.ts";

/** The run that an action step is about to start: the one that waits for it, or a new one with the same environment when the step is tried again. */
export async function beginRun(ctx: Ctx, workflow: WorkflowRow, step: StepRow): Promise<{ runId: string; env: Record<string, string> }> {
  const last = await ctx.db
    .selectFrom("action_runs")
    .select(["id", "env_enc", "state"])
    .where("step_id", "=", step.id)
    .orderBy("created_at", "desc")
    .limit(1)
    .executeTakeFirst();
  const env = last ? (openValues(ctx.system.vault, "env", last.id, last.env_enc) as Record<string, string>) : {};
  if (last?.state === "queued") return { runId: last.id, env };
  return { runId: await insertRun(ctx, workflow, step, env), env };
}

/** A run that waits for its step to start. */
export async function insertRun(ctx: Ctx, workflow: WorkflowRow, step: StepRow, env: Record<string, string>): Promise<string> {
  const runId = newId("actionRun");
  await ctx.db
    .insertInto("action_runs")
    .values({
      id: runId,
      org_id: ctx.orgId,
      install_id: workflow.install_id,
      workflow_id: workflow.id,
      step_id: step.id,
      action: step.params.action ?? "",
      trigger: step.params.trigger ?? "manual",
      state: "queued",
      outputs: null,
      env_enc: sealValues(ctx.system.vault, "env", runId, env),
      failure: null,
      created_at: ctx.system.now(),
    })
    .execute();
  return runId;
}
