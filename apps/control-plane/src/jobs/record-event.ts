import type { Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** An event about a job, filed under its install and workflow. */
export function recordJobEvent(
  ctx: Ctx,
  job: { id: string; install_id: string; workflow_id: string | null },
  event: string,
  data: Record<string, unknown>,
): Promise<void> {
  return recordEvent(ctx, {
    subjectKind: "job",
    subjectId: job.id,
    event,
    installId: job.install_id,
    ...(job.workflow_id === null ? {} : { workflowId: job.workflow_id }),
    data,
  });
}
