import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, linkSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { journalPaths } from "./journal.ts";
import type { Self } from "./self.ts";

/** Starts the processes of jobs. */
export type Starter = {
  /** @param input.onExit told when the job's process ends, while this process lives */
  start(input: { dir: string; onExit: () => void; onError: (error: Error) => void }): void;
  /** The job of this journal has ended: its process may take the next one. */
  finished(dir: string): void;
  /** Has a process ready for the next job, for a while. */
  prepare(): void;
  /** Lets the ready one go. */
  stop(): void;
};

/** A process that runs jobs, one after the other, and the file that its outputs go to. */
type Worker = { child: ChildProcess; log: string; jobs: number };

// Jobs come in rows: plan, apply, the next component. A process that has loaded everything saves the next one a good part of its time; an idle runner has none.
const spareMs = 60_000;
const prepareAfterMs = 250;
/** A process is replaced after so many jobs, whatever it may have piled up. */
const mostJobs = 50;

/**
 * A job's process is detached, in a session of its own, with files for its outputs, so that nothing of it depends on this process. It is told the journals of
 * its jobs on standard input, each when the one before has ended, and ends when that closes. One process waits for the next job, if possible one that has run
 * some already: it is warm.
 */
export function createStarter(input: { self: Self; env: Record<string, string | undefined>; cacheDir: string }): Starter {
  const working = new Map<string, Worker>();
  let spare: { worker: Worker; timer: NodeJS.Timeout } | undefined;
  let preparing: NodeJS.Timeout | undefined;
  let count = 0;

  /** @param what the first journal, or `-` to load everything and wait */
  function startWorker(what: string): Worker {
    const log = join(input.cacheDir, `jobs-${process.pid}-${count++}.log`);
    const output = openSync(log, "a", 0o600);
    try {
      const { execPath, execArgv, entry } = input.self;
      const child = spawn(execPath, [...execArgv, entry, "job", what], {
        detached: true,
        stdio: ["pipe", output, output],
        env: input.env,
        cwd: input.cacheDir,
      });
      child.unref();
      // It may end before it gets its job: its exit tells.
      child.stdin?.on("error", () => {});
      return { child, log, jobs: 0 };
    } finally {
      closeSync(output);
    }
  }

  function takeSpare(): Worker | undefined {
    const taken = spare;
    if (!taken) return undefined;
    spare = undefined;
    clearTimeout(taken.timer);
    if (hasEnded(taken.worker)) return undefined;
    taken.worker.child.removeAllListeners();
    return taken.worker;
  }

  function makeSpare(worker: Worker): void {
    const { child } = worker;
    const gone = (): void => {
      if (spare?.worker !== worker) return;
      clearTimeout(spare.timer);
      spare = undefined;
      rmSync(worker.log, { force: true });
    };
    child.once("exit", gone);
    child.once("error", gone);
    spare = { worker, timer: setTimeout(dropSpare, spareMs).unref() };
  }

  function dropSpare(): void {
    const left = spare;
    if (!left) return;
    spare = undefined;
    clearTimeout(left.timer);
    left.worker.child.removeAllListeners();
    left.worker.child.kill("SIGKILL");
    rmSync(left.worker.log, { force: true });
  }

  return {
    start({ dir, onExit, onError }) {
      const ready = takeSpare();
      const worker = ready ?? startWorker(dir);
      worker.jobs++;
      working.set(dir, worker);
      // What it says when it dies is found beside the job, too; a process that died before it had begun has left its own there.
      const { output } = journalPaths(dir);
      rmSync(output, { force: true });
      linkSync(worker.log, output);
      worker.child.once("exit", () => {
        if (working.delete(dir)) rmSync(worker.log, { force: true });
        onExit();
      });
      worker.child.once("error", onError);
      if (ready) ready.child.stdin?.write(`${dir}\n`);
      // Not in the same breath: the job's own start comes first.
      preparing ??= setTimeout(() => {
        preparing = undefined;
        this.prepare();
      }, prepareAfterMs).unref();
    },
    finished(dir) {
      const worker = working.get(dir);
      if (!worker) return;
      working.delete(dir);
      worker.child.removeAllListeners();
      if (hasEnded(worker) || worker.jobs >= mostJobs) {
        worker.child.stdin?.end();
        rmSync(worker.log, { force: true });
        return;
      }
      dropSpare();
      makeSpare(worker);
    },
    prepare() {
      if (spare) return void spare.timer.refresh();
      makeSpare(startWorker("-"));
    },
    stop() {
      clearTimeout(preparing);
      preparing = undefined;
      dropSpare();
    },
  };
}

function hasEnded({ child }: Worker): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.stdin?.writable !== true;
}
