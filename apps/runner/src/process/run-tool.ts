import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { writeWhole } from "../durable.ts";
import { markProcess } from "./process-mark.ts";
import { signalGroup, stopGroup, type StopWaits } from "./stop.ts";

/** How a tool ended. `stopped` where we stopped it. */
export type ToolExit = { exitCode: number | undefined; signal: NodeJS.Signals | undefined; stopped: boolean };

// One pipe for both outputs keeps their order. The arguments are the shell's positional ones: it never reads them as code.
const merge = 'exec "$0" "$@" 2>&1';
// What a script left running in the background must not hold the job.
const quietMs = 1000;

/**
 * Runs a program in a process group of its own, and waits for it.
 * @param input.onOutput gets standard output and error in the order printed; the next piece is read when its promise resolves
 * @param input.signal stops the group by the ladder; the exit is then `stopped`
 * @param input.childFile names the running process, for whoever must prove it dead
 * @throws Error when the program cannot be started
 */
export async function runTool(input: {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  waits: StopWaits;
  signal: AbortSignal;
  childFile: string;
  onOutput: (chunk: Buffer) => Promise<void> | void;
  /** Standard error apart, e.g. where standard output is data. */
  onStderr?: (chunk: Buffer) => void;
}): Promise<ToolExit> {
  if (input.signal.aborted) return { exitCode: undefined, signal: undefined, stopped: true };
  const split = input.onStderr !== undefined;
  const child = spawn(split ? input.command : "/bin/sh", split ? [...input.args] : ["-c", merge, input.command, ...input.args], {
    cwd: input.cwd,
    env: input.env,
    detached: true,
    stdio: ["ignore", "pipe", split ? "pipe" : "ignore"],
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => {});
  const pid = child.pid;
  if (pid !== undefined) writeWhole(input.childFile, JSON.stringify(markProcess(pid) ?? { pid, mark: "" }));
  if (input.onStderr) child.stderr?.on("data", input.onStderr);

  let stopping: Promise<unknown> | undefined;
  const stop = (): void => {
    if (pid !== undefined) stopping = stopGroup({ pid, ended: ended.catch(() => {}), waits: input.waits });
  };
  input.signal.addEventListener("abort", stop, { once: true });
  let lastByteAt = performance.now();
  const reading = (async () => {
    if (!child.stdout) return;
    try {
      for await (const chunk of child.stdout) {
        lastByteAt = performance.now();
        await input.onOutput(chunk as Buffer);
        lastByteAt = performance.now();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
  })();
  reading.catch(() => {});
  try {
    const exit = await ended;
    let open = true;
    void reading.finally(() => (open = false)).catch(() => {});
    while (open) {
      const idle = performance.now() - lastByteAt;
      if (idle >= quietMs) break;
      await Promise.race([reading, sleep(quietMs - idle + 1)]);
    }
    if (pid !== undefined) signalGroup(pid, "SIGKILL");
    child.stdout?.destroy();
    await reading;
    return { exitCode: exit.code ?? undefined, signal: exit.signal ?? undefined, stopped: stopping !== undefined };
  } finally {
    input.signal.removeEventListener("abort", stop);
    rmSync(input.childFile, { force: true });
  }
}
