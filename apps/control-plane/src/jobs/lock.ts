import type { Ctx } from "../context.ts";

const columns = [
  "id",
  "state",
  "epoch",
  "kind",
  "target",
  "install_id",
  "runner_id",
  "workflow_id",
  "log_stream_id",
  "accepted_at",
  "timeout_seconds",
  "lease_expires_at",
  "cancel_requested_at",
  "cancel_reason",
] as const;

/** Reads a job and holds it until the transaction ends; undefined where the org has none. */
export function lockJob(ctx: Ctx, jobId: string) {
  return ctx.db.selectFrom("jobs").select(columns).where("org_id", "=", ctx.orgId).where("id", "=", jobId).forUpdate().executeTakeFirst();
}

/** What {@link lockJob} reads. */
export type LockedJob = NonNullable<Awaited<ReturnType<typeof lockJob>>>;
