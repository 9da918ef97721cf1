import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { writeWhole } from "../durable.ts";
import { followFile } from "./follow-file.ts";
import { markProcess } from "./process-mark.ts";
import { signalGroup, stopGroup, type StopWaits } from "./stop.ts";

/** How a tool ended. `stopped` where we stopped it. */
export type ToolExit = { exitCode: number | undefined; signal: NodeJS.Signals | undefined; stopped: boolean };

/**
 * Where a program's output goes on its way to us.
 *   pipe      one pipe for both outputs: a program that prints faster than we read is slowed down
 *   file      both outputs append to this file, which we follow: the program does not notice when its reader dies
 *   data      standard output is data, standard error is told apart
 */
export type ToolOutput =
  | { kind: "pipe"; onChunk: (chunk: Buffer) => Promise<void> | void }
  | { kind: "file"; path: string; onChunk: (chunk: Buffer) => Promise<void> | void; discard: () => boolean }
  | { kind: "data"; onChunk: (chunk: Buffer) => void; onError: (chunk: Buffer) => void };

// One pipe keeps the order of both outputs. The arguments are the shell's positional ones: it never reads them as code.
const merge = 'exec "$0" "$@" 2>&1';
// What a script left running in the background must not hold the job.
const quietMs = 1000;

/**
 * Runs a program in a process group of its own, and waits for it. Whatever is left of the group is killed afterwards.
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
  output: ToolOutput;
  /** What it reads from its standard input; only with output of kind `data`. */
  stdin?: string;
}): Promise<ToolExit> {
  if (input.signal.aborted) return { exitCode: undefined, signal: undefined, stopped: true };
  const child = start(input);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const pid = child.pid;
  if (pid !== undefined) writeWhole(input.childFile, JSON.stringify(markProcess(pid) ?? { pid, mark: "" }));

  let stopping: Promise<unknown> | undefined;
  const stop = (): void => {
    if (pid !== undefined) stopping = stopGroup({ pid, ended: ended.catch(() => {}), waits: input.waits });
  };
  input.signal.addEventListener("abort", stop, { once: true });
  try {
    const [exit] = await Promise.all([ended, readOutput(child, ended, input.output)]);
    if (pid !== undefined) signalGroup(pid, "SIGKILL");
    return { exitCode: exit.code ?? undefined, signal: exit.signal ?? undefined, stopped: stopping !== undefined };
  } finally {
    input.signal.removeEventListener("abort", stop);
    rmSync(input.childFile, { force: true });
    if (input.output.kind === "file") rmSync(input.output.path, { force: true });
  }
}

function start(input: {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  output: ToolOutput;
  stdin?: string;
}): ChildProcess {
  const { command, args, cwd, env, output, stdin } = input;
  const options = { cwd, env, detached: true } as const;
  if (output.kind === "data") {
    const child = spawn(command, args, { ...options, stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
    // One that ends before it has read everything has said why.
    child.stdin?.on("error", () => {}).end(stdin);
    return child;
  }
  if (output.kind === "pipe") return spawn("/bin/sh", ["-c", merge, command, ...args], { ...options, stdio: ["ignore", "pipe", "ignore"] });
  const fd = openSync(output.path, "a", 0o600);
  try {
    return spawn(command, args, { ...options, stdio: ["ignore", fd, fd] });
  } finally {
    closeSync(fd);
  }
}

async function readOutput(child: ChildProcess, ended: Promise<unknown>, output: ToolOutput): Promise<void> {
  if (output.kind === "file") return await followFile({ ...output, ended });
  if (output.kind === "data") child.stderr?.on("data", output.onError);
  const stdout = child.stdout;
  if (!stdout) return;
  let lastByteAt = performance.now();
  const reading = (async () => {
    try {
      for await (const chunk of stdout) {
        lastByteAt = performance.now();
        await output.onChunk(chunk as Buffer);
        lastByteAt = performance.now();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
  })();
  let open = true;
  const closed = reading.finally(() => (open = false));
  await Promise.race([ended, closed]);
  await ended;
  while (open) {
    const idle = performance.now() - lastByteAt;
    if (idle >= quietMs) break;
    await Promise.race([closed, sleep(quietMs - idle + 1)]);
  }
  stdout.destroy();
  await closed;
}
