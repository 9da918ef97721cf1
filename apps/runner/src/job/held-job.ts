import { existsSync, mkdirSync, renameSync, rmSync, statSync, watch, type FSWatcher } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Logger } from "@berth/kit/log";
import { messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import type { JobResult } from "@berth/protocol/job-result";
import type { Session } from "../connection/session.ts";
import { createLogSender } from "../delivery/log-sender.ts";
import { deliverFiles, type Delivery } from "../delivery/deliver-files.ts";
import { writeDurableSync, writeWhole } from "../durable.ts";
import type { HttpClient } from "../net/request.ts";
import { isAlive } from "../process/process-mark.ts";
import { signalGroup } from "../process/stop.ts";
import { createWake } from "../wake.ts";
import { buryJob } from "./bury.ts";
import {
  jobKey,
  readChild,
  readDelivered,
  readProcess,
  readResult,
  writeDelivered,
  type CancelFile,
  type JobFile,
  type JournalPaths,
} from "./journal.ts";

/** A job in the runner's hands, from assignment until the control plane has everything of it. */
export type HeldJob = {
  key: string;
  file: JobFile;
  phase(): "running" | "finished";
  /** What it waits for, in words, for the status. */
  waiting(): string;
  startedAt: number;
  /** A session has begun. */
  onSession(): void;
  onLogAck(offset: number, closed: boolean): void;
  onFinishAck(accepted: boolean): void;
  /** Stops the job politely; its end is reported, unless it is obsolete: then it is dropped. */
  stop(why: CancelFile): void;
  /** Looks whether the process lives, whether there is something new: called often, costs little. */
  tick(): void;
  /** Lets go of files without touching the job. */
  release(): Promise<void>;
};

// How long a process may take from its start to its first sign of life.
const startGraceMs = 15_000;
// On top of its timeout and ladder, before the runner kills a job that does not end by itself.
const killGraceMs = 60_000;
const aliveEveryMs = 1000;

/** Takes a job in hand: a new one (`start` starts its process) or one found in the journal. */
export function holdJob(input: {
  journal: JournalPaths;
  file: JobFile;
  session: () => Session | undefined;
  http: HttpClient;
  compress: boolean;
  logger: Logger;
  /** Starts the job's process. */
  start: (onExit: () => void) => void;
  undeliveredDir: string;
  /** The job has ended; what it made is still to be delivered. */
  onEnd: () => void;
  /** Phase or something worth showing has changed. */
  onChange: () => void;
  /** The job is delivered or dropped; `cleared` resolves when nothing of it is on disk any more. */
  onGone: (cleared: Promise<void>) => void;
}): HeldJob {
  const { journal, file, logger } = input;
  const { jobId, epoch, logStreamId, timeoutSeconds } = file.assign;
  const delivered = readDelivered(journal);
  const waits = file.config.stop ?? { interruptMs: 120_000, terminateMs: 30_000 };
  const heldAt = Date.now();
  let result: JobResult | undefined = readResult(journal);
  let delivery: Delivery = { kind: "later", problem: "nothing sent yet" };
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;
  let finishSentOn: Session | undefined;
  let startedAt = heldAt;
  let aliveCheckedAt = 0;
  let offsetKeptAt = 0;
  let killAt = Infinity;
  let burying = false;
  let starts = 0;
  let obsolete = false;
  let gone = false;
  let watcher: FSWatcher | undefined;

  const fail = (error: unknown): void => logger.error({ err: error, jobId, epoch }, "a job could not be attended to");
  const logs = createLogSender({
    path: journal.spool,
    streamId: logStreamId,
    from: delivered.logOffset,
    compress: input.compress,
    session: input.session,
    onProgress: () => maybeFinish(),
    onError: fail,
  });
  const uploads = createWake(deliver, fail);

  try {
    watcher = watch(journal.dir, (_event, name) => {
      if (name === "spool") return logs.wake();
      look();
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    // No more watches on this system: tick() looks as well, only later.
  }
  // A job that has never been started is started now, also when the runner died between taking it and starting it.
  if (!result && !readProcess(journal)) begin();
  look();

  function begin(): void {
    startedAt = Date.now();
    starts++;
    // Starting a process blocks for some ms; the accept that was just sent is to leave first.
    setImmediate(() => {
      try {
        if (!gone) input.start(() => look(true));
      } catch (error) {
        // The other jobs go on; this one is buried once it has shown no sign of life.
        fail(error);
      }
    });
  }

  function look(exited = false): void {
    if (gone) return;
    logs.wake();
    if (!result && existsSync(journal.result)) {
      result = readResult(journal);
      if (result) {
        logger.info({ jobId, epoch, outcome: result.outcome, reason: result.failure?.reason }, "job ended");
        input.onEnd();
        input.onChange();
      }
    }
    if (!result && (exited || Date.now() - aliveCheckedAt >= aliveEveryMs)) checkAlive(exited);
    if (result && obsolete) return drop(true);
    const planWaits = !delivered.plan && existsSync(journal.planMeta);
    if (planWaits || existsSync(journal.state(delivered.states + 1)) || result || existsSync(journal.unlock)) uploads();
  }

  function checkAlive(exited: boolean): void {
    aliveCheckedAt = Date.now();
    const process = readProcess(journal);
    if (process && isAlive(process)) {
      if (Date.now() > Math.min(killAt, startedAt + timeoutSeconds * 1000 + waits.interruptMs + waits.terminateMs + killGraceMs)) kill();
      return;
    }
    if (!process && !exited && Date.now() - startedAt < startGraceMs) return;
    // A process that died as the job was handed to it has not begun: another one may.
    if (!process && exited && starts === 1) return begin();
    // It may have written its result just before it ended.
    if (burying || existsSync(journal.result)) return;
    burying = true;
    logger.warn({ jobId, epoch, pid: process?.pid }, "a job's process ended without a result");
    buryJob({ journal, file, waits, spoolBytes })
      .catch(fail)
      .finally(() => look());
  }

  function kill(): void {
    logger.warn({ jobId, epoch }, "a job did not stop by itself and is killed");
    for (const process of [readChild(journal), readProcess(journal)]) if (process && isAlive(process)) signalGroup(process.pid, "SIGKILL");
  }

  async function deliver(): Promise<void> {
    const session = input.session();
    if (!session || gone || delivery.kind === "stale" || delivery.kind === "refused") return maybeFinish();
    const ended = result !== undefined;
    const passed = await deliverFiles({ journal, file, delivered, session, http: input.http, ended });
    // While the job runs, nothing is complete: the next file may be there in a moment.
    delivery = passed.kind === "complete" && !ended ? { kind: "later", problem: "the job may leave more" } : passed;
    if (passed.kind === "later") {
      clearTimeout(retry);
      retry = setTimeout(() => uploads(), backoffMs({ baseMs: 250, capMs: 10_000 }, failures++) + 50);
      logger.debug({ jobId, epoch, problem: passed.problem }, "an upload is to be repeated");
      return;
    }
    failures = 0;
    if (passed.kind === "refused") logger.error({ jobId, epoch, problem: passed.problem }, "an upload was refused for good");
    // The end may have come while the last pass was under way.
    if (passed.kind === "complete" && result && !ended) return uploads();
    maybeFinish();
  }

  function maybeFinish(): void {
    const session = input.session();
    if (!session || !result || gone || finishSentOn === session || delivery.kind === "later") return;
    if (logs.offset() < result.logBytes && !logs.closed()) return;
    finishSentOn = session;
    session.send({ type: "job.finish", jobId, epoch, result: reported(result) });
  }

  /** The result as it is reported: what could not be delivered makes it a failure. */
  function reported(ended: JobResult): JobResult {
    if (delivery.kind !== "refused") return ended;
    const kept = delivery.problem.startsWith("state")
      ? ` A copy is kept on the runner in ${join(input.undeliveredDir, basename(journal.dir))}.`
      : "";
    return {
      ...ended,
      outcome: "failed",
      failure: {
        reason: delivery.problem.startsWith("state") ? "state_unavailable" : "plan_unavailable",
        detail: `The job ended (${ended.outcome}), but the control plane refused what it made: ${delivery.problem}.${kept}`.slice(
          0,
          16_000,
        ),
      },
    };
  }

  function drop(keepStates: boolean): void {
    if (gone) return;
    gone = true;
    watcher?.close();
    clearTimeout(retry);
    const lost = existsSync(journal.state(delivered.states + 1));
    const away = join(dirname(journal.dir), `.gone-${basename(journal.dir)}`);
    renameSync(journal.dir, away);
    if (lost && keepStates) {
      // Never throw the only copy of a state away, even one that nobody waits for.
      mkdirSync(input.undeliveredDir, { recursive: true, mode: 0o700 });
      const kept = join(input.undeliveredDir, basename(journal.dir));
      rmSync(kept, { recursive: true, force: true });
      rmSync(join(away, "assign.json"), { force: true });
      renameSync(away, kept);
      logger.error({ jobId, epoch, kept }, "Terraform states that the control plane did not take are kept here");
    }
    const cleared = logs
      .close()
      .then(() => rm(away, { recursive: true, force: true }))
      .catch(fail);
    input.onGone(cleared);
  }

  function spoolBytes(): number {
    try {
      return statSync(journal.spool).size;
    } catch {
      return 0;
    }
  }

  return {
    key: jobKey(file.assign),
    file,
    startedAt: heldAt,
    phase: () => (result ? "finished" : "running"),
    waiting() {
      if (!result) return obsolete || killAt < Infinity ? "stopping" : "running";
      if (!input.session()) return "ended; waits for the control plane to take the result";
      if (delivery.kind === "later") return `ended; delivering: ${messageOf(delivery.problem)}`;
      if (logs.offset() < result.logBytes && !logs.closed()) return `ended; sending its log (${logs.offset()} of ${result.logBytes} bytes)`;
      return "ended; waits for the acknowledgement";
    },
    onSession() {
      logs.restart();
      uploads();
    },
    onLogAck(offset, closed) {
      logs.acked(offset, closed);
    },
    onFinishAck(accepted) {
      if (!accepted) logger.warn({ jobId, epoch }, "the control plane did not take a result: the job's epoch is over");
      drop(true);
    },
    stop(why) {
      obsolete ||= why.kind === "obsolete";
      if (result) return look();
      if (existsSync(journal.cancel)) return;
      writeDurableSync(journal.cancel, JSON.stringify(why));
      killAt = Date.now() + waits.interruptMs + waits.terminateMs + killGraceMs;
      const process = readProcess(journal);
      if (process && isAlive(process)) signalGroup(process.pid, "SIGTERM");
      input.onChange();
    },
    tick() {
      look();
      if (logs.offset() !== delivered.logOffset && !gone && Date.now() - offsetKeptAt >= 1000) {
        offsetKeptAt = Date.now();
        delivered.logOffset = logs.offset();
        writeDelivered(journal, delivered);
      }
    },
    async release() {
      gone = true;
      watcher?.close();
      clearTimeout(retry);
      await logs.close();
    },
  };
}

/** Writes a new job's folder. */
export function createJournal(journal: JournalPaths, file: JobFile): void {
  mkdirSync(journal.dir, { mode: 0o700 });
  writeWhole(journal.assign, JSON.stringify(file));
}
