import { afterCommit, type Ctx } from "../context.ts";

/** The job's workflow, where it has one, looks again after the commit. */
export async function nudgeWorkflow(ctx: Ctx, job: { workflow_id: string | null }, delayMs?: number): Promise<void> {
  if (job.workflow_id === null) return;
  await afterCommit(ctx, {
    kind: "enqueue",
    queue: "workflow-advance",
    data: { workflowId: job.workflow_id },
    ...(delayMs === undefined ? {} : { delayMs }),
  });
}
