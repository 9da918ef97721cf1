import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** A lock that is held. */
export type LockView = {
  target: string;
  lockId: string;
  jobId: string;
  epoch: number;
  who?: string;
  operation?: string;
  since: string;
};

/** The locks of an install's states. */
export async function listLocks(ctx: Ctx, input: { installId: string }): Promise<{ items: LockView[] }> {
  const rows = await ctx.db
    .selectFrom("terraform_locks")
    .selectAll()
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", input.installId)
    .orderBy("target")
    .execute();
  return {
    items: rows.map((row) => {
      const { Who: who, Operation: operation } = row.info;
      return {
        target: row.target,
        lockId: row.lock_id,
        jobId: row.job_id,
        epoch: row.epoch,
        since: row.created_at.toISOString(),
        ...(typeof who === "string" ? { who } : {}),
        ...(typeof operation === "string" ? { operation } : {}),
      };
    }),
  };
}

/**
 * A person releases a lock. The job that held it cannot write the state any more once another one has locked it.
 * @throws AppError `not_found` where that lock is not held (any more); `state_conflict` while the runner is at work on the job that holds it
 */
export function forceUnlock(args: {
  ctx: Ctx;
  input: { installId: string; target: string; lockId: string; reason: string };
}): Promise<void> {
  const { installId, target, lockId, reason } = args.input;
  return transact(args.ctx, async (ctx) => {
    const lock = await ctx.db
      .selectFrom("terraform_locks")
      .innerJoin("jobs", "jobs.id", "terraform_locks.job_id")
      .select(["terraform_locks.job_id", "jobs.state"])
      .where("terraform_locks.org_id", "=", ctx.orgId)
      .where("terraform_locks.install_id", "=", installId)
      .where("terraform_locks.target", "=", target)
      .where("terraform_locks.lock_id", "=", lockId)
      .forUpdate("terraform_locks")
      .executeTakeFirst();
    if (!lock) throw new AppError("not_found", `No lock ${lockId} is held on ${target} of install ${installId}`);
    if (lock.state === "running" || lock.state === "assigned")
      throw new AppError("state_conflict", `Job ${lock.job_id}, which holds the lock, is running. Cancel it instead.`);
    await ctx.db
      .deleteFrom("terraform_locks")
      .where("install_id", "=", installId)
      .where("target", "=", target)
      .where("lock_id", "=", lockId)
      .execute();
    await recordEvent(ctx, {
      subjectKind: "state",
      subjectId: target,
      event: "force_unlocked",
      installId,
      data: { lockId, jobId: lock.job_id, reason },
    });
  });
}
