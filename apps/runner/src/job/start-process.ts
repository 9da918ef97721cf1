import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, linkSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { journalPaths } from "./journal.ts";
import type { Self } from "./self.ts";

/** Starts the processes of jobs. */
export type Starter = {
  /** @param input.onExit told when it ends, while this process lives */
  start(input: { dir: string; onExit: () => void; onError: (error: Error) => void }): void;
  /** Has a process ready for the next job, for a while. */
  prepare(): void;
  /** Lets the ready one go. */
  stop(): void;
};

type Spare = { child: ChildProcess; log: string; timer: NodeJS.Timeout };

// Jobs come in rows: plan, apply, the next component. A process that has loaded everything saves the next one a good part of its time; an idle runner has none.
const spareMs = 60_000;
const prepareAfterMs = 250;

/**
 * A job's process is detached, in a session of its own, with files for its outputs, so that nothing of it depends on this process. A spare one waits for its
 * journal's path on standard input, and ends when that closes without one.
 */
export function createStarter(input: { self: Self; env: Record<string, string | undefined>; cacheDir: string }): Starter {
  let spare: Spare | undefined;
  let preparing: NodeJS.Timeout | undefined;
  let count = 0;

  function spawnJob(what: string, outputPath: string, cwd: string, stdin: "ignore" | "pipe"): ChildProcess {
    const output = openSync(outputPath, "a", 0o600);
    try {
      const { execPath, execArgv, entry } = input.self;
      const child = spawn(execPath, [...execArgv, entry, "job", what], {
        detached: true,
        stdio: [stdin, output, output],
        env: input.env,
        cwd,
      });
      child.unref();
      return child;
    } finally {
      closeSync(output);
    }
  }

  function takeSpare(dir: string): ChildProcess | undefined {
    const taken = spare;
    if (!taken) return undefined;
    spare = undefined;
    clearTimeout(taken.timer);
    const { child, log } = taken;
    if (child.exitCode !== null || child.signalCode !== null || !child.stdin?.writable) return undefined;
    linkSync(log, journalPaths(dir).output);
    rmSync(log, { force: true });
    child.removeAllListeners();
    child.stdin.end(`${dir}\n`);
    return child;
  }

  return {
    start({ dir, onExit, onError }) {
      const child = takeSpare(dir) ?? spawnJob(dir, journalPaths(dir).output, dir, "ignore");
      child.once("exit", onExit);
      child.once("error", onError);
      // Not in the same breath: the job's own start comes first.
      preparing ??= setTimeout(() => {
        preparing = undefined;
        this.prepare();
      }, prepareAfterMs).unref();
    },
    prepare() {
      if (spare) return void spare.timer.refresh();
      const log = join(input.cacheDir, `spare-${process.pid}-${count++}.log`);
      const child = spawnJob("-", log, input.cacheDir, "pipe");
      const gone = (): void => {
        if (spare?.child !== child) return;
        spare = undefined;
        rmSync(log, { force: true });
      };
      child.once("exit", gone);
      child.once("error", gone);
      // It may end before it gets its job; then the write fails, and the job starts a process of its own.
      child.stdin?.on("error", gone);
      spare = { child, log, timer: setTimeout(() => this.stop(), spareMs).unref() };
    },
    stop() {
      clearTimeout(preparing);
      preparing = undefined;
      const left = spare;
      if (!left) return;
      spare = undefined;
      clearTimeout(left.timer);
      left.child.removeAllListeners();
      left.child.kill("SIGKILL");
      rmSync(left.log, { force: true });
    },
  };
}
