import { mkdirSync } from "node:fs";
import { runTool } from "../../process/run-tool.ts";
import { stopWaits, type JobContext } from "../handler.ts";
import type { Seen } from "./probe.ts";

/** So much of the end of what it says is kept, in bytes. */
const keptBytes = 8192;

/** Runs a program: it is well where the exit code is 0; else the last line on its standard error says why. Rejects where it can't be started. */
export async function runExec(
  ctx: Pick<JobContext, "journal" | "env" | "config">,
  input: { command: readonly string[]; timeoutSeconds: number; signal: AbortSignal },
): Promise<Seen> {
  const [command = "", ...args] = input.command;
  mkdirSync(ctx.journal.work, { recursive: true, mode: 0o700 });
  let errors = Buffer.alloc(0);
  const { exitCode, signal, stopped } = await runTool({
    command,
    args,
    cwd: ctx.journal.work,
    env: ctx.env,
    waits: stopWaits(ctx.config, { interruptMs: 1000, terminateMs: 1000 }),
    signal: input.signal,
    childFile: ctx.journal.child,
    output: { kind: "data", onChunk: () => {}, onError: (chunk) => void (errors = Buffer.concat([errors, chunk]).subarray(-keptBytes)) },
  });
  if (stopped) return { healthy: false, why: `it did not end within ${input.timeoutSeconds} s` };
  const said = errors.toString("utf8").trim().split("\n").at(-1) ?? "";
  const how = exitCode === undefined ? `ended by ${signal ?? "a signal"}` : `exit code ${exitCode}`;
  return { healthy: exitCode === 0, why: exitCode === 0 || said === "" ? how : `${how}: ${said}` };
}
