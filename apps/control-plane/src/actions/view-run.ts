import type { actionRunSchema } from "@berth/api/contract/actions";
import type { z } from "zod";
import type { Ctx } from "../context.ts";

export type ActionRunView = z.input<typeof actionRunSchema>;

/** The org's action runs, each with its job's log stream. */
export function selectRuns(ctx: Ctx) {
  return ctx.db
    .selectFrom("action_runs")
    .leftJoin("jobs", "jobs.id", "action_runs.job_id")
    .selectAll("action_runs")
    .select((row) => row.fn.coalesce("jobs.log_stream_id", "action_runs.offline_log_stream_id").as("log_stream_id"))
    .where("action_runs.org_id", "=", ctx.orgId);
}

export type ActionRunRow = Awaited<ReturnType<ReturnType<typeof selectRuns>["executeTakeFirstOrThrow"]>>;

export function runView(row: ActionRunRow): ActionRunView {
  return {
    id: row.id,
    installId: row.install_id,
    action: row.action,
    trigger: row.trigger,
    state: row.state,
    createdAt: row.created_at.toISOString(),
    ...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
    ...(row.job_id === null ? {} : { jobId: row.job_id }),
    ...(row.log_stream_id === null ? {} : { logStreamId: row.log_stream_id }),
    ...(row.outputs ? { outputs: row.outputs } : {}),
    ...(row.failure ? { failure: row.failure } : {}),
    ...(row.started_at ? { startedAt: row.started_at.toISOString() } : {}),
    ...(row.offline_id === null ? {} : { measuredOffline: true }),
    ...(row.finished_at ? { finishedAt: row.finished_at.toISOString() } : {}),
  };
}
