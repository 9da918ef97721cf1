import { AppError } from "@berth/kit/errors";
import type { JobState } from "@berth/protocol/job-state";
import type { Ctx, System } from "../context.ts";
import { runnerCtx } from "./runner-ctx.ts";

/** A job as a runner's HTTP request sees it. */
export type RunnerJob = {
  id: string;
  orgId: string;
  installId: string;
  runnerId: string;
  workflowId: string | undefined;
  kind: string;
  target: string | undefined;
  state: JobState;
  epoch: number;
  planDigest: string | undefined;
  writesTarget: boolean;
  assignedAt: Date | undefined;
};

// By name, so that the statement can be prepared.
const columns = [
  "id",
  "org_id",
  "install_id",
  "runner_id",
  "workflow_id",
  "kind",
  "target",
  "state",
  "epoch",
  "plan_digest",
  "writes_target",
  "assigned_at",
] as const;

/**
 * Loads the job a runner's request is about, with a context to work in.
 * @param input.runnerId only a job of this runner
 * @param input.anyEpoch an attempt that is over may ask too: to give back what it took
 * @throws AppError `not_found`; `epoch_stale` where the epoch asked for is not the job's
 */
export async function loadForRunner(args: {
  system: System;
  input: { jobId: string; epoch: number; runnerId?: string; anyEpoch?: boolean };
}): Promise<{ ctx: Ctx; job: RunnerJob }> {
  const { system } = args;
  const { jobId, epoch, runnerId, anyEpoch = false } = args.input;
  const row = await system.db.selectFrom("jobs").select(columns).where("id", "=", jobId).executeTakeFirst();
  if (!row || (runnerId !== undefined && row.runner_id !== runnerId))
    throw new AppError("not_found", `There is no job ${jobId} for this runner`);
  if (row.epoch !== epoch && !anyEpoch)
    throw new AppError("epoch_stale", `Job ${jobId} is at epoch ${row.epoch}; epoch ${epoch} is over`, { epoch: row.epoch });
  return {
    ctx: runnerCtx(system, { orgId: row.org_id, runnerId: row.runner_id }),
    job: {
      id: row.id,
      orgId: row.org_id,
      installId: row.install_id,
      runnerId: row.runner_id,
      workflowId: row.workflow_id ?? undefined,
      kind: row.kind,
      target: row.target ?? undefined,
      state: row.state,
      epoch: row.epoch,
      planDigest: row.plan_digest ?? undefined,
      writesTarget: row.writes_target,
      assignedAt: row.assigned_at ?? undefined,
    },
  };
}

/** @throws AppError `state_conflict` unless the runner may be at work on the job */
export function requireOpen(job: RunnerJob): void {
  if (job.state !== "assigned" && job.state !== "running" && job.state !== "lost")
    throw new AppError("state_conflict", `Job ${job.id} is ${job.state}; this is for jobs that run`);
}

/** @returns the job's target @throws AppError `bad_request` where it has none */
export function requireTarget(job: RunnerJob): string {
  if (job.target === undefined)
    throw new AppError("bad_request", `Job ${job.id} (${job.kind}) has no target, so there is neither state nor plan of one`);
  return job.target;
}
