import { spawn, type ChildProcess } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A child process that runs until it is stopped. */
export type Service = {
  name: string;
  pid: number;
  logFile: string;
  /** Resolves with the exit code (or signal name) whenever it ends. */
  ended: Promise<string>;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL: no chance to clean up. */
  kill(): Promise<void>;
};

/**
 * Starts a program with its output appended to a file. Its environment is exactly `env`, plus PATH and HOME.
 * In a process group of its own, so that Ctrl-C in a terminal reaches only the process that started it.
 */
export async function startService(input: {
  name: string;
  command: string;
  args: readonly string[];
  env: Record<string, string>;
  cwd: string;
  logFile: string;
}): Promise<Service> {
  await mkdir(dirname(input.logFile), { recursive: true });
  const log = await open(input.logFile, "a");
  let child: ChildProcess;
  try {
    const inherited = Object.fromEntries(
      ["PATH", "HOME", "LANG", "TMPDIR"].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    child = spawn(input.command, input.args, {
      cwd: input.cwd,
      env: { ...inherited, ...input.env },
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    });
    await new Promise<void>((done, failed) => {
      child.once("spawn", done);
      child.once("error", (error) => failed(new Error(`${input.name} could not be started: ${error.message}`)));
    });
  } finally {
    await log.close();
  }
  const pid = child.pid as number;
  let running = true;
  const ended = new Promise<string>((done) => {
    child.once("exit", (code, signal) => {
      running = false;
      done(signal ?? String(code));
    });
  });
  return {
    name: input.name,
    pid,
    logFile: input.logFile,
    ended,
    isRunning: () => running,
    async stop(graceMs = 15_000) {
      if (!running) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      if (running) child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * Waits until `check` gives a value.
 * @throws Error with the end of the service's log when it ends before, or after `timeoutMs`
 */
export async function waitForService<T>(service: Service, check: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check().catch(() => undefined);
    if (value !== undefined) return value;
    if (!service.isRunning() || Date.now() > deadline) {
      const log = await readFile(service.logFile, "utf8").catch(() => "");
      const how = service.isRunning() ? `was not ready after ${timeoutMs / 1000} s` : `ended with ${await service.ended}`;
      throw new Error(`${service.name} ${how}. The end of ${service.logFile}:\n${log.split("\n").slice(-15).join("\n")}`);
    }
    await sleep(15);
  }
}
