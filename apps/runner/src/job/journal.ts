import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobResult } from "@berth/protocol/job-result";
import type { JobAssign } from "@berth/protocol/messages";
import type { LockInfo } from "@berth/protocol/runner-http";
import { writeWhole } from "../durable.ts";
import type { RunnerConfig } from "../env.ts";
import type { ProcessMark } from "../process/process-mark.ts";

/**
 * A job on disk: `jobs/<jobId>.<epoch>/`, readable by the runner's user only. The runner writes `assign`, `cancel` and `delivered`, the job's process the rest.
 *
 *   assign.json      what came, with secrets, and the settings the job goes by
 *   process.json     the job's process; created exclusively, so that a job runs once
 *   child.json       the tool it runs at the moment
 *   spool            the log, redacted
 *   state-<n>.json   Terraform states, in order from 1; state-<n>.meta.json beside each was there before it
 *   lock.json        Terraform's lock, taken;  unlock.json  given back by Terraform
 *   plan.bin, plan-display.json.gz, plan-meta.json
 *   workdir.json     where Terraform works
 *   cancel.json      why the job is to stop
 *   result.json      how it ended; after it the job's process writes nothing
 *   delivered.json   what the control plane has acknowledged
 *   work/            scratch of the job
 */
export type JobFile = { assign: JobAssign; config: RunnerConfig; baseUrl: string };

/** What has been acknowledged. Losing it costs repeats, nothing else. */
export type Delivered = { logOffset: number; states: number; plan: boolean; planDisplay: boolean; unlocked: boolean };

export type StateMeta = { digest: string; lockId?: string };
/** The digest of the plan, and of what is shown of it, once that is there. */
export type PlanMeta = { digest: string; displayDigest?: string };
export type CancelFile = { reason: string; kind: "cancelled" | "obsolete" };

/** The paths of one job's journal. */
export function journalPaths(dir: string) {
  return {
    dir,
    assign: join(dir, "assign.json"),
    process: join(dir, "process.json"),
    child: join(dir, "child.json"),
    output: join(dir, "process.log"),
    spool: join(dir, "spool"),
    state: (n: number) => join(dir, `state-${n}.json`),
    stateMeta: (n: number) => join(dir, `state-${n}.meta.json`),
    lock: join(dir, "lock.json"),
    unlock: join(dir, "unlock.json"),
    plan: join(dir, "plan.bin"),
    planDisplay: join(dir, "plan-display.json.gz"),
    planMeta: join(dir, "plan-meta.json"),
    workdir: join(dir, "workdir.json"),
    cancel: join(dir, "cancel.json"),
    result: join(dir, "result.json"),
    delivered: join(dir, "delivered.json"),
    work: join(dir, "work"),
  };
}

export type JournalPaths = ReturnType<typeof journalPaths>;

/** Name of a job's folder. */
export function jobKey(job: { jobId: string; epoch: number }): string {
  return `${job.jobId}.${job.epoch}`;
}

/** Folders under `jobs/` that look like jobs. */
export function listJournals(jobsDir: string): string[] {
  return readdirSync(jobsDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[A-Za-z0-9_-]+\.\d+$/.test(entry.name))
    .map((entry) => join(jobsDir, entry.name));
}

/** A JSON file of the journal, or undefined where there is none yet. Files are written whole or not at all. */
function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export const readAssign = (paths: JournalPaths): JobFile | undefined => readJson(paths.assign);
export const readProcess = (paths: JournalPaths): ProcessMark | undefined => readJson(paths.process);
export const readChild = (paths: JournalPaths): ProcessMark | undefined => readJson(paths.child);
export const readResult = (paths: JournalPaths): JobResult | undefined => readJson(paths.result);
export const readCancel = (paths: JournalPaths): CancelFile | undefined => readJson(paths.cancel);
export const readLock = (paths: JournalPaths): LockInfo | undefined => readJson(paths.lock);
export const readUnlock = (paths: JournalPaths): LockInfo | undefined => readJson(paths.unlock);
export const readStateMeta = (paths: JournalPaths, n: number): StateMeta | undefined => readJson(paths.stateMeta(n));
export const readWorkdir = (paths: JournalPaths): { path: string } | undefined => readJson(paths.workdir);
export const readPlanMeta = (paths: JournalPaths): PlanMeta | undefined => readJson(paths.planMeta);

/** Progress of delivery; from the beginning where nothing is known. */
export function readDelivered(paths: JournalPaths): Delivered {
  return { logOffset: 0, states: 0, plan: false, planDisplay: false, unlocked: false, ...readJson<Partial<Delivered>>(paths.delivered) };
}

export function writeDelivered(paths: JournalPaths, delivered: Delivered): void {
  writeWhole(paths.delivered, JSON.stringify(delivered));
}
