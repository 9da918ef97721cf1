import type { Selectable } from "kysely";
import type { Failure } from "@berth/protocol/job-result";
import type { JobState } from "@berth/protocol/job-state";
import type { Database, Waiting } from "../db/schema.ts";

/** What of a job is shown: not its spec, nothing sensitive. */
export const shownColumns = [
  "id",
  "install_id",
  "runner_id",
  "workflow_id",
  "step_id",
  "kind",
  "target",
  "state",
  "epoch",
  "log_stream_id",
  "plan_digest",
  "writes_target",
  "priority",
  "timeout_seconds",
  "cancel_requested_at",
  "cancel_reason",
  "result",
  "outputs",
  "lease_expires_at",
  "created_at",
  "assigned_at",
  "accepted_at",
  "finished_at",
] as const;

export type JobRow = Pick<Selectable<Database["jobs"]>, (typeof shownColumns)[number]>;

/** A job as the API shows it. */
export type JobView = {
  id: string;
  installId: string;
  runnerId: string;
  workflowId?: string;
  stepId?: string;
  kind: string;
  target?: string;
  state: JobState;
  epoch: number;
  logStreamId: string;
  planDigest?: string;
  timeoutSeconds: number;
  cancelReason?: string;
  failure?: Failure;
  outputs?: Record<string, unknown>;
  createdAt: string;
  assignedAt?: string;
  acceptedAt?: string;
  finishedAt?: string;
  /** Of one that does not run: why. */
  waiting?: Waiting;
};

export function jobView(row: JobRow, waiting?: Waiting): JobView {
  return {
    id: row.id,
    installId: row.install_id,
    runnerId: row.runner_id,
    kind: row.kind,
    state: row.state,
    epoch: row.epoch,
    logStreamId: row.log_stream_id,
    timeoutSeconds: row.timeout_seconds,
    createdAt: row.created_at.toISOString(),
    ...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
    ...(row.step_id === null ? {} : { stepId: row.step_id }),
    ...(row.target === null ? {} : { target: row.target }),
    ...(row.plan_digest === null ? {} : { planDigest: row.plan_digest }),
    ...(row.cancel_requested_at === null ? {} : { cancelReason: row.cancel_reason ?? "" }),
    ...(row.result?.failure ? { failure: row.result.failure } : {}),
    ...(row.outputs === null ? {} : { outputs: row.outputs }),
    ...(row.assigned_at === null ? {} : { assignedAt: row.assigned_at.toISOString() }),
    ...(row.accepted_at === null ? {} : { acceptedAt: row.accepted_at.toISOString() }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
    ...(waiting ? { waiting } : {}),
  };
}
