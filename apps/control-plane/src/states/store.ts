import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { z } from "zod";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";
import { sealState } from "./seal.ts";

const headSchema = z.object({ version: z.number(), serial: z.number().int().nonnegative(), lineage: z.string().max(128) });

/**
 * Stores a state version that a runner delivers: in order from sequence 1 of the attempt, each once. A job that was ended here meanwhile may still deliver
 * what it wrote, as long as nobody else has written or locked the target since.
 * @returns the version it became; for a repeat, the one it became the first time
 * @throws AppError `digest_mismatch`, `bad_request` (no Terraform state), `state_conflict` (gap, other content under the same sequence, somebody else has
 *   written since), `lock_held` (somebody else holds the lock now), `forbidden` (a job that does not write)
 */
export function storeState(args: {
  ctx: Ctx;
  job: RunnerJob;
  input: { sequence: number; digest: string; content: Buffer };
}): Promise<{ stateId: string; version: number }> {
  const { job } = args;
  const { sequence, digest, content } = args.input;
  const target = requireTarget(job);
  if (!job.writesTarget) throw new AppError("forbidden", `Job ${job.id} (${job.kind}) does not write its target`);
  if (sha256(content) !== digest)
    throw new AppError("digest_mismatch", `The state's bytes do not have the digest ${digest}: send it again`);
  const { serial, lineage } = readHead(content);
  return transact(args.ctx, async (ctx) => {
    // One writer per job at a time; several jobs on a target are kept apart by dispatch.
    await ctx.db.selectFrom("jobs").select("id").where("id", "=", job.id).forUpdate().execute();
    const own = await ctx.db
      .selectFrom("terraform_states")
      .select(["id", "version", "digest", "sequence"])
      .where("job_id", "=", job.id)
      .where("epoch", "=", job.epoch)
      .orderBy("sequence", "desc")
      .execute();
    const same = own.find((row) => row.sequence === sequence);
    if (same) {
      if (same.digest === digest) return { stateId: same.id, version: same.version };
      throw new AppError("state_conflict", `Job ${job.id} has delivered another state as its version ${sequence}`);
    }
    const expected = (own[0]?.sequence ?? 0) + 1;
    if (sequence !== expected)
      throw new AppError("state_conflict", `Job ${job.id} delivers version ${expected} next, not ${sequence}`, { expected });
    const version = (await requireUntouched(ctx, job, target)) + 1;
    const stateId = newId("state");
    await ctx.db
      .insertInto("terraform_states")
      .values({
        id: stateId,
        org_id: ctx.orgId,
        install_id: job.installId,
        target,
        version,
        serial,
        lineage,
        job_id: job.id,
        epoch: job.epoch,
        sequence,
        digest,
        size: content.length,
        content_enc: sealState(ctx.system.vault, stateId, content),
        created_at: ctx.system.now(),
      })
      .execute();
    await recordEvent(ctx, {
      subjectKind: "state",
      subjectId: target,
      event: "stored",
      installId: job.installId,
      ...(job.workflowId === undefined ? {} : { workflowId: job.workflowId }),
      data: { stateId, version, serial, jobId: job.id, epoch: job.epoch },
    });
    return { stateId, version };
  });
}

function readHead(content: Buffer): z.output<typeof headSchema> {
  try {
    return headSchema.parse(JSON.parse(content.toString("utf8")));
  } catch {
    throw new AppError("bad_request", "The body is not a Terraform state: JSON with version, serial and lineage");
  }
}

/** @returns the newest version's number, 0 where there is none */
async function requireUntouched(ctx: Ctx, job: RunnerJob, target: string): Promise<number> {
  const newest = await ctx.db
    .selectFrom("terraform_states")
    .select(["version", "job_id", "created_at"])
    .where("install_id", "=", job.installId)
    .where("target", "=", target)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  const lock = await ctx.db
    .selectFrom("terraform_locks")
    .select(["job_id", "lock_id"])
    .where("install_id", "=", job.installId)
    .where("target", "=", target)
    .executeTakeFirst();
  if (newest && newest.job_id !== job.id && job.assignedAt && newest.created_at > job.assignedAt)
    throw new AppError(
      "state_conflict",
      `Job ${newest.job_id} has written the state of ${target} since job ${job.id} began. This version is not taken; it stays on the runner's disk for a person to compare.`,
    );
  if (lock && lock.job_id !== job.id)
    throw new AppError("lock_held", `Job ${lock.job_id} holds the lock of ${target} now, so job ${job.id} cannot write it any more`);
  return newest?.version ?? 0;
}
