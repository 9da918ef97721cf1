import type { LockInfo } from "@berth/protocol/runner-http";
import { transact, type Ctx } from "../context.ts";
import { toJsonb } from "../db/jsonb.ts";
import { recordEvent } from "../events/record.ts";
import { requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";

/** Who holds a lock instead, in Terraform's words; `Info` says for people what it waits for. */
export type Holder = LockInfo & { Info: string };

type LockRow = { lock_id: string; info: Record<string, unknown>; job_id: string; epoch: number; created_at: Date };

/**
 * Takes the Terraform lock of the job's target. A repeat with the same lock id is fine. A lock that an attempt left behind is taken over only when that
 * attempt is over and its runner has said that it holds nothing of it any more: then no process and no state of it can be under way.
 * @returns the holder where it is held by another
 */
export function lockState(args: { ctx: Ctx; job: RunnerJob; info: LockInfo }): Promise<Holder | undefined> {
  const { job, info } = args;
  const target = requireTarget(job);
  return transact(args.ctx, async (ctx) => {
    const place = { install_id: job.installId, target };
    const row = { lock_id: info.ID, info: toJsonb(info), job_id: job.id, epoch: job.epoch, created_at: ctx.system.now() };
    const inserted = await ctx.db
      .insertInto("terraform_locks")
      .values({ ...place, org_id: ctx.orgId, ...row })
      .onConflict((conflict) => conflict.columns(["install_id", "target"]).doNothing())
      .returning("lock_id")
      .executeTakeFirst();
    if (inserted) {
      await recordLock(ctx, job, target, "locked", { lockId: info.ID, operation: info.Operation });
      return undefined;
    }
    const held = await ctx.db
      .selectFrom("terraform_locks")
      .select(["lock_id", "info", "job_id", "epoch", "created_at"])
      .where("install_id", "=", job.installId)
      .where("target", "=", target)
      .forUpdate()
      .executeTakeFirst();
    if (held?.job_id === job.id && held.epoch === job.epoch && held.lock_id === info.ID) return undefined;
    if (held && !(await isReleased(ctx, held))) return describe(held);
    // Released between the two statements, or left behind by an attempt that is proven to be over.
    await ctx.db
      .insertInto("terraform_locks")
      .values({ ...place, org_id: ctx.orgId, ...row })
      .onConflict((conflict) => conflict.columns(["install_id", "target"]).doUpdateSet(row))
      .execute();
    await recordLock(ctx, job, target, "lock_taken_over", {
      lockId: info.ID,
      from: held?.lock_id,
      fromJob: held?.job_id,
      fromEpoch: held?.epoch,
    });
    return undefined;
  });
}

async function isReleased(ctx: Ctx, held: LockRow): Promise<boolean> {
  const attempt = await ctx.db
    .selectFrom("job_attempts")
    .select("released_at")
    .where("job_id", "=", held.job_id)
    .where("epoch", "=", held.epoch)
    .executeTakeFirst();
  return attempt?.released_at != null;
}

function describe(held: LockRow): Holder {
  const since = held.created_at.toISOString();
  const who = typeof held.info["Who"] === "string" ? held.info["Who"] : "a runner";
  return {
    ...held.info,
    ID: held.lock_id,
    Created: since,
    Info: `held by job ${held.job_id} (attempt ${held.epoch}, ${who}) since ${since}; it is released when that job's runner reports, or by a person with a reason`,
  };
}

function recordLock(ctx: Ctx, job: RunnerJob, target: string, event: string, data: Record<string, unknown>): Promise<void> {
  return recordEvent(ctx, {
    subjectKind: "state",
    subjectId: target,
    event,
    installId: job.installId,
    ...(job.workflowId === undefined ? {} : { workflowId: job.workflowId }),
    data: { ...data, jobId: job.id, epoch: job.epoch },
  });
}
