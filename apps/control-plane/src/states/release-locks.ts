import { send, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** Releases the Terraform locks an ended job still has. Only after the runner has reported the end: then no process of the job is left. */
export async function releaseLocks(ctx: Ctx, job: { id: string; workflow_id: string | null }): Promise<void> {
  const released = ctx.db
    .deleteFrom("terraform_locks")
    .where("org_id", "=", ctx.orgId)
    .where("job_id", "=", job.id)
    .returning(["install_id", "target", "lock_id"]);
  await send(ctx, released, async (locks) => {
    for (const lock of locks)
      await recordEvent(ctx, {
        subjectKind: "state",
        subjectId: lock.target,
        event: "unlocked",
        installId: lock.install_id,
        ...(job.workflow_id === null ? {} : { workflowId: job.workflow_id }),
        data: { lockId: lock.lock_id, jobId: job.id, why: "the job has ended" },
      });
  });
}
