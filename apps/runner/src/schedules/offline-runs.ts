import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@berth/kit/ids";
import type { Logger } from "@berth/kit/log";
import type { JobResult } from "@berth/protocol/job-result";
import type { JobSpec } from "@berth/protocol/job-spec";
import { maxOfflineLogBytes } from "@berth/protocol/schedules";
import { probeReportsSchema } from "@berth/protocol/specs/health";
import { writeDurableSync } from "../durable.ts";
import type { RunnerConfig } from "../env.ts";
import { createJournal, holdJob, type HeldJob } from "../job/held-job.ts";
import { journalPaths, listJournals, readAssign, readResult, type JobFile, type JournalPaths } from "../job/journal.ts";
import type { Self } from "../job/self.ts";
import { createStarter } from "../job/start-process.ts";
import type { HttpClient } from "../net/request.ts";
import type { DueSchedule, Scheduled } from "./due.ts";
import type { Report } from "./reports.ts";

/** The runs that this runner makes without a link, its probes among them: processes of jobs like all others, whose end becomes a report. */
export type OfflineRuns = {
  /** Takes what an earlier process started. */
  adopt(): void;
  start(due: DueSchedule, installId: string): void;
  /** Those that have not ended. */
  running(): { action?: string; since: string }[];
  /** Looks after them; called often, costs little. */
  tick(): void;
  release(): Promise<void>;
};

/** What a journal says of its run besides the job. */
type About = { id: string; /** None of probes. */ action?: string; cron: string; dueAt: string };

/** The keeper of the runs in `<dir>/offline`. */
export function createOfflineRuns(input: {
  config: RunnerConfig;
  baseUrl: string;
  self: Self;
  env: Record<string, string | undefined>;
  http: HttpClient;
  logger: Logger;
  /** Keeps the report; the run's journal goes when this resolves. */
  report: (report: Report) => Promise<void>;
}): OfflineRuns {
  const { config, logger } = input;
  const dir = join(config.dir, "offline");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const starter = createStarter({ self: input.self, env: input.env, cacheDir: join(config.dir, "cache") });
  const held = new Map<string, { job: HeldJob; about: About }>();
  const pending = new Set<Promise<void>>();

  function hold(journal: JournalPaths, file: JobFile, about: About): void {
    const track = (work: Promise<void>): void => {
      pending.add(work);
      void work.finally(() => pending.delete(work));
    };
    const job: HeldJob = holdJob({
      journal,
      file,
      // Nothing of it goes to anybody: its report does.
      session: () => undefined,
      http: input.http,
      compress: false,
      logger,
      undeliveredDir: join(config.dir, "undelivered"),
      start: (onExit) =>
        starter.start({
          dir: journal.dir,
          onExit,
          onError: (error) => {
            logger.error({ err: error, action: about.action }, "the process of a scheduled run could not be started");
            onExit();
          },
        }),
      onEnd: () => {
        starter.finished(journal.dir);
        track(conclude());
      },
      onChange: () => {},
      onGone: (cleared) => {
        held.delete(about.id);
        track(cleared);
      },
    });
    held.set(about.id, { job, about });
    // It had ended before this process looked.
    if (job.phase() === "finished") track(conclude());

    async function conclude(): Promise<void> {
      const result = readResult(journal);
      if (!result) return;
      const report = reportOf(about, result, () => lastOf(journal.spool));
      try {
        if (report) await input.report(report);
      } catch (error) {
        // The journal stays: the next start reports it.
        return logger.error({ err: error, action: about.action }, "the report of a scheduled run could not be kept");
      }
      // Probes are made every minute: that they were is no news.
      if (about.action !== undefined)
        logger.info({ action: about.action, dueAt: about.dueAt, outcome: result.outcome }, "a scheduled run made without a link has ended");
      held.get(about.id)?.job.stop({ kind: "obsolete", reason: "It is reported." });
    }
  }

  return {
    adopt() {
      for (const path of listJournals(dir)) {
        const journal = journalPaths(path);
        const file = readAssign(journal);
        const about = readAbout(journal);
        if (file && about) hold(journal, file, about);
        else rmSync(path, { recursive: true, force: true });
      }
    },
    start({ schedule, dueAt }, installId) {
      const { action, cron, timeoutSeconds } = schedule;
      const id = newId(action === undefined ? "look" : "actionRun");
      const journal = journalPaths(join(dir, `${id}.1`));
      const about: About = { id, ...(action === undefined ? {} : { action }), cron, dueAt: dueAt.toISOString() };
      const file: JobFile = {
        assign: {
          type: "job.assign",
          jobId: id,
          epoch: 1,
          installId,
          logStreamId: id,
          spec: specOf(schedule, id),
          jobToken: "none",
          timeoutSeconds,
          redact: [],
        },
        config,
        baseUrl: input.baseUrl,
      };
      createJournal(journal, file);
      writeDurableSync(aboutPath(journal), JSON.stringify(about));
      if (action !== undefined) logger.info({ action, dueAt: about.dueAt }, "a schedule is due and there is no link: it is run here");
      hold(journal, file, about);
    },
    running: () =>
      [...held.values()]
        .filter(({ job }) => job.phase() === "running")
        .map(({ job, about: { action } }) => ({
          ...(action === undefined ? {} : { action }),
          since: new Date(job.startedAt).toISOString(),
        })),
    tick() {
      for (const { job } of held.values()) job.tick();
    },
    async release() {
      starter.stop();
      await Promise.all(pending);
      await Promise.all([...held.values()].map(({ job }) => job.release()));
    },
  };
}

function specOf(schedule: Scheduled, runId: string): JobSpec {
  return schedule.action === undefined ? schedule.spec : { ...schedule.spec, runId };
}

/** What is told of a run; nothing of probes that saw nothing. */
function reportOf({ id, action, cron, dueAt }: About, result: JobResult, log: () => string): Report | undefined {
  const { outcome, failure, outputs, steps, startedAt, finishedAt } = result;
  if (action === undefined) {
    const seen = probeReportsSchema.safeParse(outputs?.["probes"]?.value);
    return seen.success ? { id, at: startedAt, probes: seen.data } : undefined;
  }
  const told = { outcome, startedAt, finishedAt, ...(failure && { failure }), ...(outputs && { outputs }), ...(steps && { steps }) };
  return { id, action, cron, dueAt, result: told, log: log() };
}

function aboutPath(journal: JournalPaths): string {
  return join(journal.dir, "offline.json");
}

function readAbout(journal: JournalPaths): About | undefined {
  try {
    return JSON.parse(readFileSync(aboutPath(journal), "utf8")) as About;
  } catch {
    return undefined;
  }
}

/** The last part of a log, with a line that says so where it is not all. */
function lastOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, maxOfflineLogBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    if (size === bytes.length) return bytes.toString("utf8");
    const whole = bytes.subarray(bytes.indexOf(10) + 1);
    return `[berth] the first ${size - whole.length} bytes of this log were left out\n${whole.toString("utf8")}`;
  } finally {
    closeSync(fd);
  }
}
