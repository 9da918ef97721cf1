import { mkdirSync, rmSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@berth/kit/log";
import { messageOf } from "@berth/kit/errors";
import type { Holding, JobAssign } from "@berth/protocol/messages";
import type { Session } from "../connection/session.ts";
import type { RunnerConfig } from "../env.ts";
import { jobKinds } from "../handlers/index.ts";
import type { HttpClient } from "../net/request.ts";
import { createJournal, holdJob, type HeldJob } from "./held-job.ts";
import { jobKey, journalPaths, listJournals, readAssign, type JobFile } from "./journal.ts";
import { createStarter } from "./start-process.ts";
import type { Self } from "./self.ts";

/** All jobs of a runner. */
export type Jobs = {
  /** Takes what the journal holds, from before a restart. */
  adopt(): void;
  assign(message: JobAssign, session: Session): void;
  cancel(job: { jobId: string; epoch: number }, reason: string): void;
  onReady(session: Session): void;
  onLogAck(streamId: string, offset: number, closed: boolean): void;
  onFinishAck(job: { jobId: string; epoch: number }, accepted: boolean): void;
  holding(): Holding[];
  list(): HeldJob[];
  freeSlots(): number;
  /** No new jobs from now on. */
  drain(): void;
  draining(): boolean;
  /** Why no job would be taken at the moment, if so. */
  obstacle(): string | undefined;
  release(): Promise<void>;
};

const tickMs = 100;

/** The keeper of a directory's jobs. */
export function createJobs(input: {
  config: RunnerConfig;
  baseUrl: string;
  compress: boolean;
  self: Self;
  env: Record<string, string | undefined>;
  http: HttpClient;
  session: () => Session | undefined;
  logger: Logger;
  /** Slots, phases or draining have changed. */
  onChange: () => void;
}): Jobs {
  const { config, logger } = input;
  const jobsDir = join(config.dir, "jobs");
  const held = new Map<string, HeldJob>();
  const starter = createStarter({ self: input.self, env: input.env, cacheDir: join(config.dir, "cache") });
  const clearing = new Set<Promise<void>>();
  let isDraining = false;
  let timer: NodeJS.Timeout | undefined;
  mkdirSync(jobsDir, { recursive: true, mode: 0o700 });

  const running = (): number => [...held.values()].filter((job) => job.phase() === "running").length;
  const freeSlots = (): number => (isDraining || obstacle() !== undefined ? 0 : Math.max(0, config.slots - running()));

  function obstacle(): string | undefined {
    try {
      const { bavail, bsize } = statfsSync(jobsDir);
      const free = Number(bavail) * Number(bsize);
      if (free < config.minFreeBytes)
        return `disk_nearly_full: ${Math.round(free / 1024 / 1024)} MB free in ${jobsDir}, wanted are ${Math.round(config.minFreeBytes / 1024 / 1024)}`;
    } catch (error) {
      return `disk_nearly_full: ${messageOf(error)}`;
    }
    return undefined;
  }

  function hold(file: JobFile, dir: string): HeldJob {
    const key = jobKey(file.assign);
    const job = holdJob({
      journal: journalPaths(dir),
      file,
      session: input.session,
      http: input.http,
      compress: input.compress,
      logger,
      undeliveredDir: join(config.dir, "undelivered"),
      start: (onExit) =>
        starter.start({
          dir,
          onExit,
          onError: (error) => {
            logger.error({ err: error, jobId: file.assign.jobId }, "a job's process could not be started");
            onExit();
          },
        }),
      onEnd: () => starter.finished(dir),
      onChange: input.onChange,
      onGone: (cleared) => {
        clearing.add(cleared);
        void cleared.then(() => clearing.delete(cleared));
        held.delete(key);
        if (held.size === 0) stopTicking();
        if (!isDraining) starter.prepare();
        input.onChange();
      },
    });
    held.set(key, job);
    timer ??= setInterval(() => {
      for (const each of held.values()) each.tick();
    }, tickMs);
    return job;
  }

  function stopTicking(): void {
    clearInterval(timer);
    timer = undefined;
  }

  function refusal(message: JobAssign): string | undefined {
    if (isDraining) return "draining";
    if (!jobKinds.includes(message.spec.kind)) return "unknown_kind";
    if (running() >= config.slots) return "no_free_slot";
    return obstacle();
  }

  return {
    adopt() {
      for (const entry of readdirSync(jobsDir))
        if (entry.startsWith(".gone-")) rmSync(join(jobsDir, entry), { recursive: true, force: true });
      for (const dir of listJournals(jobsDir)) {
        const file = readAssign(journalPaths(dir));
        if (file) {
          logger.info({ jobId: file.assign.jobId, epoch: file.assign.epoch }, "job adopted");
          hold(file, dir);
          // Never accepted: the runner died before it had written the job down.
        } else rmSync(dir, { recursive: true, force: true });
      }
    },
    assign(message, session) {
      const { jobId, epoch } = message;
      const key = jobKey(message);
      if (held.has(key)) return session.send({ type: "job.accept", jobId, epoch });
      const reject = (reason: string): void => {
        logger.warn({ jobId, epoch, reason }, "job rejected");
        session.send({ type: "job.reject", jobId, epoch, reason: reason.slice(0, 1024) });
      };
      const others = [...held.values()].filter((job) => job.file.assign.jobId === jobId);
      if (others.some((job) => job.file.assign.epoch > epoch)) return reject("a later epoch of this job is here");
      for (const older of others) older.stop({ kind: "obsolete", reason: "A later attempt of this job has begun." });
      const reason = refusal(message);
      if (reason !== undefined) return reject(reason);
      const dir = join(jobsDir, key);
      const file: JobFile = { assign: message, config, baseUrl: input.baseUrl };
      try {
        createJournal(journalPaths(dir), file);
      } catch (error) {
        return reject(`journal: ${messageOf(error)}`);
      }
      session.send({ type: "job.accept", jobId, epoch });
      logger.info({ jobId, epoch, kind: message.spec.kind }, "job accepted");
      hold(file, dir);
      input.onChange();
    },
    cancel({ jobId, epoch }, reason) {
      held.get(jobKey({ jobId, epoch }))?.stop({ kind: "cancelled", reason });
    },
    onReady(session) {
      for (const { jobId, epoch } of session.ready.obsolete) {
        logger.warn({ jobId, epoch }, "the control plane no longer wants a job");
        held.get(jobKey({ jobId, epoch }))?.stop({ kind: "obsolete", reason: "The control plane has given this attempt up." });
      }
      for (const job of held.values()) job.onSession();
    },
    onLogAck(streamId, offset, closed) {
      for (const job of held.values()) if (job.file.assign.logStreamId === streamId) job.onLogAck(offset, closed);
    },
    onFinishAck(job, accepted) {
      held.get(jobKey(job))?.onFinishAck(accepted);
    },
    holding: () => [...held.values()].map((job) => ({ jobId: job.file.assign.jobId, epoch: job.file.assign.epoch, phase: job.phase() })),
    list: () => [...held.values()],
    freeSlots,
    drain() {
      isDraining = true;
      starter.stop();
      input.onChange();
    },
    draining: () => isDraining,
    obstacle,
    async release() {
      stopTicking();
      starter.stop();
      await Promise.all(clearing);
      await Promise.all([...held.values()].map((job) => job.release()));
    },
  };
}
