import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

/** The repository's root. */
export const root = resolve(import.meta.dirname, "..");

/**
 * Runs a program of this repository (a package's binary, or `node`) in its root with its output shown.
 * @param timeoutMs after which it is killed
 * @returns its exit code; 1 when a signal ended it
 */
export function runStep(program: string, args: readonly string[], env: Record<string, string> = {}, timeoutMs?: number): Promise<number> {
  const command = program === "node" ? process.execPath : join(root, "node_modules", ".bin", program);
  const child = spawn(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("exit", (code) => done(code ?? 1));
  });
}
