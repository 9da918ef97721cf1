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
  const { runId } = await startWorkflow({ ctx, input: { installId, operation: { type: "action_run", action, trigger: "manual" }, env } });
  return getRun({ ctx, input: { runId: runId ?? "" } });
}
