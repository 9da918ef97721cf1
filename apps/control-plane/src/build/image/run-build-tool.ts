import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@berth/kit/errors";

const longestLine = 4000;
const tailLines = 20;
const graceMs = 5000;

/**
 * Runs a program in a process group of its own, its output line by line into the build's log. On abort the group is ended.
 * @throws AppError `unprocessable` with `reason: "build_failed"` and the last lines where it does not exit 0; the signal's reason on abort
 */
export async function runBuildTool(input: {
  path: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** For the error, e.g. `buildah build`. */
  what: string;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<void> {
  const { path, args, cwd, env, what, say, signal } = input;
  signal.throwIfAborted();
  const child = spawn(path, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const end = async (): Promise<void> => {
    kill(child.pid, "SIGTERM");
    await Promise.race([ended.catch(() => undefined), sleep(graceMs)]);
    kill(child.pid, "SIGKILL");
  };
  const stop = (): void => void end();
  signal.addEventListener("abort", stop, { once: true });
  const tail: string[] = [];
  const follow = async (output: Readable): Promise<void> => {
    for await (const line of createInterface({ input: output })) {
      const shown = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
      say(shown);
      tail.push(shown);
      if (tail.length > tailLines) tail.shift();
    }
  };
  try {
    const [code] = await Promise.all([ended, follow(child.stdout), follow(child.stderr)]);
    signal.throwIfAborted();
    if (code !== 0)
      throw new AppError("unprocessable", `${what} ended with exit code ${code ?? "none"}:\n${tail.join("\n")}`, {
        reason: "build_failed",
      });
  } finally {
    signal.removeEventListener("abort", stop);
    kill(child.pid, "SIGKILL");
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
