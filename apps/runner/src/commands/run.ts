import { mkdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { createLogger } from "@berth/kit/log";
import { probeTypes } from "@berth/protocol/specs/health";
import { startConnection } from "../connection/connection.ts";
import type { RunnerConfig } from "../env.ts";
import { jobKinds } from "../handlers/index.ts";
import { pruneWorkdirs } from "../handlers/terraform/workdir.ts";
import { lockDir } from "../identity/dir-lock.ts";
import { enroll } from "../identity/enroll.ts";
import { loadIdentity } from "../identity/identity.ts";
import { loadOrCreateKey } from "../identity/key.ts";
import { createJobs } from "../job/jobs.ts";
import type { Self } from "../job/self.ts";
import { isLoopback } from "../net/loopback.ts";
import { createHttpClient } from "../net/request.ts";
import { markProcess } from "../process/process-mark.ts";
import { keepSet } from "../schedules/keep-set.ts";
import { createOfflineRuns } from "../schedules/offline-runs.ts";
import { openReports } from "../schedules/reports.ts";
import { startSchedules } from "../schedules/schedules.ts";
import { writeStatus } from "../status/status-file.ts";
import { findTools } from "../tools/find-tools.ts";
import { runnerVersion } from "../version.ts";

// How long a drained runner goes on trying to hand over results before it leaves them to the next start.
const handOverMs = 15_000;

/**
 * `berth-runner run`: works until it is told to stop. SIGTERM or SIGINT drains; a second one leaves at once, and the jobs go on without it.
 * @returns the exit code
 */
export async function runCommand(input: {
  config: RunnerConfig;
  self: Self;
  env: Record<string, string | undefined>;
  onSignal: (handler: () => void) => void;
}): Promise<number> {
  const { config } = input;
  const logger = createLogger({ name: "berth-runner", level: config.logLevel });
  for (const dir of [config.dir, join(config.dir, "cache")]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  using _lock = lockDir(config.dir);
  const http = createHttpClient(config.net);
  const identity = loadIdentity(config.dir) ?? (await enrolFirst());
  const baseUrl = config.url ?? identity.url;
  const startedAt = new Date().toISOString();
  const self = markProcess(process.pid) ?? { pid: process.pid, mark: "" };
  const tools = await findTools(config.tools, input.env);
  let over: () => void = () => {};
  const ended = new Promise<void>((resolve) => (over = resolve));
  let beatPending = false;

  const jobs = createJobs({
    config,
    baseUrl,
    compress: !isLoopback(new URL(baseUrl)),
    self: input.self,
    env: jobEnv(input.env, config),
    http,
    session: () => connection?.session(),
    logger,
    onChange: changed,
  });
  const reports = openReports({ dir: join(config.dir, "offline-reports"), logger });
  const schedules = startSchedules({
    kept: keepSet({
      dir: config.dir,
      runnerId: identity.runnerId,
      onRefused: (why) => logger.warn({ why }, "the schedules kept in this directory are not gone by"),
    }),
    runs: createOfflineRuns({
      config,
      baseUrl,
      self: input.self,
      env: jobEnv(input.env, config),
      http,
      logger,
      report: (report) => reports.add(report),
    }),
    reports,
    logger,
    waitMs: config.offlineAfterMs,
    session: () => connection?.session(),
    busy: () =>
      new Set(
        jobs.list().flatMap((job) => {
          const { spec } = job.file.assign;
          if (job.phase() !== "running") return [];
          return spec.kind === "action.run" ? [spec.action] : spec.kind === "health.probe" ? [undefined] : [];
        }),
      ),
    obstacle: () =>
      jobs.freeSlots() - schedules.status().running.length > 0
        ? undefined
        : (jobs.obstacle() ?? (jobs.draining() ? "draining" : "no free slot")),
  });
  // Before the first hello, which names what is held.
  let connection: ReturnType<typeof startConnection> | undefined;
  jobs.adopt();
  connection = startConnection({
    baseUrl,
    net: config.net,
    key: loadOrCreateKey(config.dir),
    hello: () => ({
      runnerId: identity.runnerId,
      version: runnerVersion,
      capabilities: { os: platform(), arch: arch(), node: process.versions.node, kinds: jobKinds, tools, probes: [...probeTypes] },
      slots: config.slots,
      draining: jobs.draining(),
      holding: jobs.holding(),
    }),
    heartbeat: () => ({
      freeSlots: jobs.freeSlots(),
      draining: jobs.draining(),
      jobs: jobs.holding().map(({ jobId, epoch }) => ({ jobId, epoch })),
    }),
    logger,
    events: {
      onReady(session) {
        jobs.onReady(session);
        schedules.onReady(session);
      },
      onMessage(message, session) {
        switch (message.type) {
          case "job.assign":
            return jobs.assign(message, session);
          case "job.cancel":
            return jobs.cancel(message, message.reason);
          case "job.finish.ack":
            return jobs.onFinishAck(message, message.accepted);
          case "log.ack":
            return jobs.onLogAck(message.streamId, message.offset, message.closed ?? false);
          case "schedules.set":
            return schedules.onSet(message, session);
          case "schedules.report.ack":
            return schedules.onReportAck(message.ids);
        }
      },
      onUnreadable(problem, job, session) {
        logger.error({ problem }, "a message could not be read");
        const reason = problem.includes("spec.kind") ? "unknown_kind" : `spec_invalid: ${problem}`;
        if (job) session.send({ type: "job.reject", ...job, reason: reason.slice(0, 1024) });
      },
      onStateChange(state) {
        if (state.kind === "waiting" && state.fatal) schedules.onSentAway();
        showStatus();
      },
    },
  });
  const statusTimer = setInterval(showStatus, 5000);
  const prune = (): void => {
    const removed = pruneWorkdirs(join(config.dir, "work"), Date.now());
    if (removed > 0) logger.info({ removed }, "working directories of plans that nobody applied were removed");
  };
  prune();
  const pruneTimer = setInterval(prune, 3_600_000);

  let signals = 0;
  input.onSignal(() => {
    if (++signals > 1) return over();
    logger.info({ jobs: jobs.list().length }, "draining: no new jobs, waiting for the running ones");
    jobs.drain();
    checkDrained();
  });
  await ended;
  clearInterval(statusTimer);
  clearInterval(pruneTimer);
  connection.close();
  await schedules.stop();
  await jobs.release();
  showStatus();
  logger.info({ jobs: jobs.list().length }, "stopped");
  return 0;

  async function enrolFirst() {
    if (config.url === undefined || config.enrolToken === undefined) {
      throw new Error(`This runner is not enrolled (no identity in ${config.dir}). Enrol it, or give run --url and --token.`);
    }
    const { url, enrolToken: token, dir, name } = config;
    return await enroll({
      http,
      url,
      token,
      dir,
      name,
      tries: Infinity,
      onRetry: (problem) => logger.warn({ problem }, "enrolment is to be repeated"),
    });
  }

  function changed(): void {
    // Several changes of one moment make one heartbeat.
    if (beatPending) return;
    beatPending = true;
    setImmediate(() => {
      beatPending = false;
      connection?.beat();
      showStatus();
      checkDrained();
    });
  }

  function checkDrained(): void {
    if (!jobs.draining()) return;
    const left = jobs.list();
    if (left.length === 0) over();
    else if (left.every((job) => job.phase() === "finished")) setTimeout(over, handOverMs).unref();
  }

  function showStatus(): void {
    const obstacle = jobs.obstacle();
    writeStatus(config.dir, {
      process: self,
      version: runnerVersion,
      runnerId: identity.runnerId,
      installId: identity.installId,
      installName: identity.installName,
      url: baseUrl,
      startedAt,
      updatedAt: new Date().toISOString(),
      connection: connection?.state() ?? { kind: "closed" },
      slots: config.slots,
      freeSlots: jobs.freeSlots(),
      draining: jobs.draining(),
      ...(obstacle === undefined ? {} : { obstacle }),
      schedules: schedules.status(),
      jobs: jobs.list().map((job) => ({
        jobId: job.file.assign.jobId,
        epoch: job.file.assign.epoch,
        kind: job.file.assign.spec.kind,
        ...("target" in job.file.assign.spec ? { target: job.file.assign.spec.target } : {}),
        since: new Date(job.startedAt).toISOString(),
        waiting: job.waiting(),
      })),
    });
  }
}

/** The environment of a job's own process: what the runner has, but for the token that enrols. The tools it starts get much less. */
function jobEnv(env: Readonly<Record<string, string | undefined>>, config: RunnerConfig): Record<string, string | undefined> {
  const { BERTH_ENROLL_TOKEN: _token, ...rest } = env;
  return { NODE_COMPILE_CACHE: join(config.dir, "cache", "node"), ...rest };
}
