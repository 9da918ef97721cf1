import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { readPlan } from "@berth/plan/read";
import { newId } from "@berth/kit/ids";
import { jobKinds, type JobKind } from "@berth/protocol/job-spec";
import { transact, type Ctx } from "../context.ts";
import { requireTarget, type RunnerJob } from "../jobs/load-for-runner.ts";
import { sealPlan } from "./seal.ts";

/**
 * Stores the plan file of a plan job's attempt, encrypted. A repeat gets the same answer.
 * @throws AppError `digest_mismatch`; `state_conflict` where the attempt has delivered another plan; `forbidden` for a job that does not plan
 */
export async function storePlan(args: {
  ctx: Ctx;
  job: RunnerJob;
  input: { digest: string; content: Buffer };
}): Promise<{ planId: string }> {
  const { ctx, job } = args;
  const { digest, content } = args.input;
  const target = requireTarget(job);
  if (jobKinds[job.kind as JobKind].plan !== "makes") throw new AppError("forbidden", `Job ${job.id} (${job.kind}) makes no plan`);
  if (sha256(content) !== digest)
    throw new AppError("digest_mismatch", `The plan's bytes do not have the digest ${digest}: send them again`);
  const planId = newId("plan");
  await ctx.db
    .insertInto("plans")
    .values({
      id: planId,
      org_id: ctx.orgId,
      install_id: job.installId,
      job_id: job.id,
      epoch: job.epoch,
      target,
      digest,
      size: content.length,
      content_enc: sealPlan(ctx.system.vault, planId, "content", content),
      summary: null,
      created_at: ctx.system.now(),
    })
    .onConflict((conflict) => conflict.columns(["job_id", "epoch"]).doNothing())
    .execute();
  const stored = await ctx.db
    .selectFrom("plans")
    .select(["id", "digest"])
    .where("job_id", "=", job.id)
    .where("epoch", "=", job.epoch)
    .executeTakeFirstOrThrow();
  if (stored.digest !== digest)
    throw new AppError("state_conflict", `Job ${job.id} has delivered another plan in this attempt: ${stored.digest}`);
  return { planId: stored.id };
}

/**
 * Stores what people are shown of the plan (`@berth/plan`: JSON lines, gzip), as it came.
 * @param args.input.digest of the JSON lines, not of their compressed form
 * @throws AppError `state_conflict` before the plan itself is here; `digest_mismatch`; `unprocessable` where it is no plan; `too_large`
 */
export async function storePlanDisplay(args: { ctx: Ctx; job: RunnerJob; input: { digest: string; gzip: Buffer } }): Promise<void> {
  const { gzip, digest } = args.input;
  if ((await digestOfShown(gzip)) !== digest)
    throw new AppError("digest_mismatch", `The JSON in the body does not have the digest ${digest}: send it again`);
  await transact(args.ctx, async (ctx) => {
    const plan = await ctx.db
      .selectFrom("plans")
      .select("id")
      .where("job_id", "=", args.job.id)
      .where("epoch", "=", args.job.epoch)
      .executeTakeFirst();
    if (!plan) throw new AppError("state_conflict", `Job ${args.job.id} has not delivered its plan yet: that comes first`);
    await ctx.db
      .updateTable("plans")
      .set({ display_enc: sealPlan(ctx.system.vault, plan.id, "display", gzip) })
      .where("id", "=", plan.id)
      .execute();
  });
}

/** Reads what a gzip stream holds, a line at a time: its digest, once all of it has proven to be a plan that can be shown. */
async function digestOfShown(gzip: Buffer): Promise<string> {
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of Readable.from([gzip]).pipe(createGunzip())) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  }
  try {
    for await (const _line of readPlan(hashed()));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("bad_request", "The body is not gzip");
  }
  return `sha256:${hash.digest("hex")}`;
}
