import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { jobKinds, type JobKind, type JobSpec } from "@berth/protocol/job-spec";
import { afterCommit, send, transact, type Ctx } from "../context.ts";
import { recordJobEvent } from "./record-event.ts";
import { sealSpec } from "./spec.ts";

/** What a new job is. */
export type CreateJobInput = {
  installId: string;
  /** The install's runner where the caller has just looked; else the one that is there, or the newest that may still come. */
  runnerId?: string;
  workflowId?: string;
  stepId?: string;
  kind: JobKind;
  target?: string;
  spec: JobSpec;
  /** Texts that the runner keeps out of logs and results. */
  redact: string[];
  timeoutSeconds: number;
  /** Steps on the longest way from it to the end of its workflow: of queued jobs, those with more behind them go first. */
  priority?: number;
  /** For an apply: the approved plan, which the runner fetches and hashes. */
  planDigest?: string;
  /** For a plan: the version of the component's overrides that are in it. */
  overridesVersion?: number;
};

/**
 * Queues a job for the install's runner and tells the replica that holds its session.
 * @throws AppError `conflict` where the install has no runner that could ever take it
 */
export function createJob(args: { ctx: Ctx; input: CreateJobInput }): Promise<{ jobId: string; logStreamId: string }> {
  const { input } = args;
  return transact(args.ctx, async (ctx) => {
    const runnerId = input.runnerId ?? (await chooseRunner(ctx, input.installId)).id;
    const jobId = newId("job");
    const logStreamId = newId("logStream");
    const queued = ctx.db
      .with("stream", (db) =>
        db
          .insertInto("log_streams")
          .values({ id: logStreamId, org_id: ctx.orgId, owner_kind: "job", owner_id: jobId, job_id: jobId, epoch: 1 }),
      )
      .insertInto("jobs")
      .values({
        id: jobId,
        org_id: ctx.orgId,
        install_id: input.installId,
        runner_id: runnerId,
        workflow_id: input.workflowId ?? null,
        step_id: input.stepId ?? null,
        kind: input.kind,
        target: input.target ?? null,
        spec_enc: sealSpec(ctx.system.vault, jobId, { spec: input.spec, redact: input.redact }),
        plan_digest: input.planDigest ?? null,
        overrides_version: input.overridesVersion ?? null,
        writes_target: jobKinds[input.kind].writesTarget,
        priority: input.priority ?? 0,
        state: "queued",
        timeout_seconds: input.timeoutSeconds,
        log_stream_id: logStreamId,
        result: null,
        outputs: null,
        created_at: ctx.system.now(),
      });
    await send(ctx, queued);
    const job = { id: jobId, install_id: input.installId, workflow_id: input.workflowId ?? null };
    await recordJobEvent(ctx, job, "queued", { kind: input.kind, target: input.target, runnerId });
    await afterCommit(ctx, { kind: "publish", topic: "runner", data: { runnerId, about: "work" } });
    return { jobId, logStreamId };
  });
}

/** The runner that is there, or else the newest one that may still come. */
async function chooseRunner(ctx: Ctx, installId: string): Promise<{ id: string }> {
  const runners = await ctx.db
    .selectFrom("runners")
    .select(["id", "state"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", installId)
    .where("state", "!=", "revoked")
    .orderBy("created_at", "desc")
    .execute();
  const runner =
    runners.find(({ state }) => state === "online") ??
    runners.find(({ state }) => state === "offline") ??
    runners.find(({ state }) => state === "enrolling") ??
    runners[0];
  if (!runner) throw new AppError("conflict", `Install ${installId} has no runner: create one, and enrol it in the customer's account`);
  return runner;
}
