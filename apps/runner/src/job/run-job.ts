import { existsSync, mkdirSync, openSync, closeSync, fsyncSync } from "node:fs";
import { rm } from "node:fs/promises";
import { messageOf } from "@berth/kit/errors";
import type { Failure, JobResult } from "@berth/protocol/job-result";
import { createExclusive, writeDurable } from "../durable.ts";
import { JobFailure, type HandlerResult, type JobContext } from "../handlers/handler.ts";
import { runHandler } from "../handlers/index.ts";
import { createRedaction, redactText, type Redaction } from "../logs/redact.ts";
import { openSpool } from "../logs/spool.ts";
import { createHttpClient } from "../net/request.ts";
import { childEnv } from "../process/child-env.ts";
import { markProcess } from "../process/process-mark.ts";
import { journalPaths, readAssign, readCancel } from "./journal.ts";

const detailLimit = 16_000;

/** Why a job is stopped from outside; the reason of its AbortSignal. */
type Stop = { outcome: "cancelled" | "timed_out"; detail: string };

/**
 * A job's own process, from its journal folder to `result.json`. It needs nothing of the runner that started it, which may die and come back.
 * SIGTERM is the order to stop; `cancel.json` says why.
 */
export async function runJob(dir: string, source: Readonly<Record<string, string | undefined>>): Promise<void> {
  const journal = journalPaths(dir);
  const stop = new AbortController();
  const abort = (why: Stop): void => stop.abort(why);
  const cancelled = (): void => abort({ outcome: "cancelled", detail: readCancel(journal)?.reason ?? "The job was cancelled." });
  // Before process.json makes this process known, and with it a target of the signal.
  process.on("SIGTERM", cancelled);
  using _listening = { [Symbol.dispose]: () => process.off("SIGTERM", cancelled) };
  // Whoever creates this file runs the job; a second process ends here.
  if (!createExclusive(journal.process, JSON.stringify(markProcess(process.pid)))) return;
  const file = readAssign(journal);
  if (!file) throw new Error(`${journal.assign} is not readable`);
  const { assign, config, baseUrl } = file;
  const startedAt = new Date();
  syncFile(journal.assign);
  const redaction = createRedaction([...assign.redact, assign.jobToken]);
  const spool = await openSpool({ path: journal.spool, redaction, capBytes: config.logCapBytes });

  if (existsSync(journal.cancel)) cancelled();
  const deadline = setTimeout(
    () => abort({ outcome: "timed_out", detail: `The job took longer than its ${assign.timeoutSeconds} s.` }),
    Math.min(assign.timeoutSeconds * 1000, 2 ** 31 - 1),
  );

  mkdirSync(journal.work, { recursive: true, mode: 0o700 });
  const ctx: JobContext = {
    assign,
    config,
    baseUrl,
    journal,
    spool,
    redaction,
    http: createHttpClient(config.net),
    signal: stop.signal,
    env: childEnv(source, config.passEnv),
  };
  let done: HandlerResult;
  try {
    done = await runHandler(ctx, assign.spec);
  } catch (error) {
    done = { failure: failureOf(error) };
  }
  clearTimeout(deadline);
  const outcome = concludeJob(done, stop.signal.aborted ? (stop.signal.reason as Stop) : undefined, redaction);
  if (outcome.failure) await spool.line(`[berth] ${outcome.failure.reason}: ${outcome.failure.detail}`);
  await spool.close();
  const result: JobResult = {
    ...outcome,
    logBytes: spool.size(),
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
  };
  // What can't be removed now goes with the rest of the journal.
  const scratch = rm(journal.work, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 }).catch(() => {});
  await writeDurable(journal.result, JSON.stringify(result));
  await scratch;
}

/** What is reported. Work that ended well although it was told to stop has ended well; otherwise the stop is the reason. */
function concludeJob(
  done: HandlerResult,
  stop: Stop | undefined,
  redaction: Redaction,
): Omit<JobResult, "logBytes" | "startedAt" | "finishedAt"> {
  const { failure, ...rest } = done;
  if (!failure) return { ...rest, outcome: "succeeded" };
  const told = stop && failure.reason !== "digest_mismatch";
  const shown: Failure = told
    ? { ...failure, reason: stop.outcome, detail: failure.detail === "" ? stop.detail : `${stop.detail}\n${failure.detail}` }
    : failure;
  return {
    ...rest,
    outcome: told ? stop.outcome : "failed",
    failure: { ...shown, detail: redactText(redaction, shown.detail).slice(0, detailLimit) },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof JobFailure) return error.failure;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOSPC") return { reason: "disk_full", detail: `The runner's disk is full: ${messageOf(error)}` };
  return { reason: "internal", detail: `The runner failed unexpectedly: ${messageOf(error)}` };
}

function syncFile(path: string): void {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}
