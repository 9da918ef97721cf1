import type { Failure, JobResult } from "@berth/protocol/job-result";
import type { JobSpec } from "@berth/protocol/job-spec";
import type { JobAssign } from "@berth/protocol/messages";
import type { RunnerConfig } from "../env.ts";
import type { JournalPaths } from "../job/journal.ts";
import type { Redaction } from "../logs/redact.ts";
import type { Spool } from "../logs/spool.ts";
import type { HttpClient } from "../net/request.ts";
import type { StopWaits } from "../process/stop.ts";

/** What a handler works with. */
export type JobContext = {
  assign: JobAssign;
  config: RunnerConfig;
  /** Base URL of the control plane. */
  baseUrl: string;
  journal: JournalPaths;
  spool: Spool;
  redaction: Redaction;
  http: HttpClient;
  /** Aborted when the job is cancelled or its time is over. */
  signal: AbortSignal;
  /** The environment of a tool: allow-listed. */
  env: Record<string, string>;
};

/** What a handler found out; who runs it adds the times, the log's length, and `cancelled` or `timed_out` where that is why. */
export type HandlerResult = Pick<JobResult, "outputs" | "plan" | "steps"> & { failure?: Failure };

/** Does the work of one kind of job. May throw {@link JobFailure}. */
export type Handler<Spec extends JobSpec> = (ctx: JobContext, spec: Spec) => Promise<HandlerResult>;

/** Ends a job with a failure that a person can act on. */
export class JobFailure extends Error {
  readonly failure: Failure;

  constructor(reason: Failure["reason"], detail: string, more: Pick<Failure, "exitCode" | "signal"> = {}) {
    super(detail);
    this.name = "JobFailure";
    this.failure = { reason, detail, ...more };
  }
}

/** Waits of the stop ladder: the operator's, or what suits the kind. */
export function stopWaits(config: RunnerConfig, fallback: StopWaits): StopWaits {
  return config.stop ?? fallback;
}
