import type { Ctx } from "../context.ts";
import { startWorkflow } from "../workflows/start.ts";
import { getRun } from "./get-run.ts";
import type { ActionRunView } from "./view-run.ts";

/** Runs an action now. Its job is queued for the runner when this returns. @throws AppError `not_found` for the install or the action */
export async function runAction({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { installId: string; action: string; env: Record<string, string> };
}): Promise<ActionRunView> {
  const { installId, action, env } = input;
  const trigger = "manual";
  const { workflowId, run } = await startWorkflow({ ctx, input: { installId, operation: { type: "action_run", action, trigger }, env } });
  if (!run) throw new Error(`Workflow ${workflowId} of action ${action} has no run`);
  if (!run.job) return getRun({ ctx, input: { runId: run.id } });
  // All of it is known: nothing has to be read while the runner waits for the transaction to end.
  return {
    id: run.id,
    installId,
    workflowId,
    action,
    trigger,
    state: "running",
    createdAt: run.createdAt.toISOString(),
    startedAt: run.job.startedAt.toISOString(),
    jobId: run.job.id,
    logStreamId: run.job.logStreamId,
  };
}
