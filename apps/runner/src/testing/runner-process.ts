import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptedGateway } from "@berth/testkit/scripted-gateway";
import type { ProcessMark } from "../process/process-mark.ts";
import { isAlive } from "../process/process-mark.ts";
import type { RunnerStatus } from "../status/status-file.ts";

/** A real runner in a process of its own, in a temporary directory, against a scripted gateway. */
export type TestRunner = AsyncDisposable & {
  dir: string;
  process: ChildProcess;
  /** What it has logged so far, as text. */
  logged(): string;
  /** Ends the process with a signal, waits for its end, and gives its exit code (null after a killing signal). */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts it again on the same directory. */
  start(): Promise<void>;
  status(): RunnerStatus;
  /** Processes of jobs and of their tools that are in the journal and alive. */
  jobProcesses(): ProcessMark[];
  /** A job's own process. */
  jobProcess(jobId: string): ProcessMark;
};

const sources = join(import.meta.dirname, "..", "main.ts");

/** Starts one and waits until it is connected, unless `connect` is false. */
export async function startRunner(
  gateway: ScriptedGateway,
  options: { env?: Record<string, string>; connect?: boolean; token?: string; entry?: string } = {},
): Promise<TestRunner> {
  const dir = mkdtempSync(join(tmpdir(), "berth-runner-"));
  const token = options.token ?? gateway.enrolToken();
  let output = "";
  const runner: TestRunner = {
    dir,
    process: launch(),
    logged: () => output,
    async stop(signal) {
      const child = runner.process;
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, "exit") as Promise<[number | null]>;
      child.kill(signal);
      return (await exit)[0];
    },
    async start() {
      // The connection of the one before may not be closed yet.
      const before = gateway.hellos.length;
      runner.process = launch();
      if (options.connect !== false) await gateway.until("the runner connects", () => gateway.hellos.length > before);
    },
    status: () => JSON.parse(readFileSync(join(dir, "status.json"), "utf8")) as RunnerStatus,
    jobProcesses: () => marksIn(join(dir, "jobs")).filter((mark) => isAlive(mark)),
    jobProcess: (jobId) => JSON.parse(readFileSync(join(dir, "jobs", `${jobId}.1`, "process.json"), "utf8")) as ProcessMark,
    async [Symbol.asyncDispose]() {
      await runner.stop("SIGKILL");
      for (const { pid } of runner.jobProcesses()) killGroup(pid);
      while (runner.jobProcesses().length > 0) await sleep(20);
      rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  if (options.connect !== false) await gateway.until("the runner connects", () => gateway.connected());
  return runner;

  function launch(): ChildProcess {
    const { TF_CLI_CONFIG_FILE: _none, ...env } = process.env;
    const child = spawn(process.execPath, [options.entry ?? sources, "run", "--dir", dir, "--url", gateway.url, "--token", token], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...env, BERTH_MIN_FREE_MB: "1", ...options.env },
    });
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    return child;
  }
}

function marksIn(jobsDir: string): ProcessMark[] {
  if (!existsSync(jobsDir)) return [];
  return readdirSync(jobsDir).flatMap((job) =>
    ["child.json", "process.json"].flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(jobsDir, job, name), "utf8")) as ProcessMark];
      } catch {
        return [];
      }
    }),
  );
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
