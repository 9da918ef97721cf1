import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { journalPaths } from "./journal.ts";

/** How this program starts itself again: node, its flags, and the entry file. */
export type Self = { execPath: string; execArgv: readonly string[]; entry: string };

/**
 * Starts a job's process: detached, in a session of its own, with files for its outputs, so that nothing of it depends on this process.
 * @param onExit told when it ends, while this process lives
 */
export function startJobProcess(input: {
  self: Self;
  dir: string;
  env: Record<string, string | undefined>;
  onExit: () => void;
  onError: (error: Error) => void;
}): void {
  const output = openSync(journalPaths(input.dir).output, "a", 0o600);
  try {
    const child = spawn(input.self.execPath, [...input.self.execArgv, input.self.entry, "job", input.dir], {
      detached: true,
      stdio: ["ignore", output, output],
      env: input.env,
      cwd: input.dir,
    });
    child.once("exit", input.onExit);
    child.once("error", input.onError);
    child.unref();
  } finally {
    closeSync(output);
  }
}
