import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";

/**
 * Releases the job's lock. Releasing what is not held changes nothing.
 * @throws AppError `lock_held` where the lock is another's
 */
export function unlockState(args: { ctx: Ctx; job: RunnerJob; lockId: string }): Promise<void> {
  const { job, lockId } = args;
  const target = requireTarget(job);
  return transact(args.ctx, async (ctx) => {
    const released = await ctx.db
      .deleteFrom("terraform_locks")
      .where("install_id", "=", job.installId)
      .where("target", "=", target)
      .where("lock_id", "=", lockId)
      .where("job_id", "=", job.id)
      .returning("lock_id")
      .executeTakeFirst();
    if (released) {
      await recordEvent(ctx, {
        subjectKind: "state",
        subjectId: target,
        event: "unlocked",
        installId: job.installId,
        ...(job.workflowId === undefined ? {} : { workflowId: job.workflowId }),
        data: { lockId, jobId: job.id },
      });
      return;
    }
    const held = await ctx.db
      .selectFrom("terraform_locks")
      .select(["lock_id", "job_id"])
      .where("install_id", "=", job.installId)
      .where("target", "=", target)
      .executeTakeFirst();
    if (held) throw new AppError("lock_held", `The lock of ${target} is ${held.lock_id}, held by job ${held.job_id}; ${lockId} is not it`);
  });
}
