import type { FailureReason } from "@berth/protocol/job-result";
import { JobFailure, stopWaits, type JobContext } from "../handlers/handler.ts";
import { redactText } from "../logs/redact.ts";
import { runTool } from "./run-tool.ts";

const outputLimit = 256 * 1024 * 1024;

/** How a program ended; both outputs are whole, its errors without what is secret. */
export type Collected = { ok: boolean; exitCode: number | undefined; stopped: boolean; stdout: string; stderr: string };

/**
 * Runs a program of the job in its work directory and takes all that it prints.
 * @param input.log its output goes into the job's log as well
 * @param input.reason of the failure when it prints too much
 * @throws JobFailure then
 */
export async function collectOutput(
  ctx: JobContext,
  input: {
    name: string;
    command: string;
    args: readonly string[];
    env: Record<string, string>;
    terminateMs: number;
    childFile: string;
    log: boolean;
    reason: FailureReason;
    stdin?: string | undefined;
  },
): Promise<Collected> {
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  let length = 0;
  const source = input.log ? ctx.spool.source() : undefined;
  const exit = await runTool({
    command: input.command,
    args: input.args,
    cwd: ctx.journal.work,
    env: input.env,
    waits: stopWaits(ctx.config, { interruptMs: 30_000, terminateMs: input.terminateMs }),
    signal: ctx.signal,
    ...(input.stdin === undefined ? {} : { stdin: input.stdin }),
    childFile: input.childFile,
    output: {
      kind: "data",
      onChunk(chunk) {
        length += chunk.length;
        if (length <= outputLimit) out.push(chunk);
        if (source) void source.write(chunk);
      },
      onError(chunk) {
        errors.push(chunk);
        if (source) void source.write(chunk);
      },
    },
  });
  await source?.end();
  if (length > outputLimit) throw new JobFailure(input.reason, `${input.name} printed more than ${outputLimit} bytes.`);
  return {
    ok: exit.exitCode === 0,
    exitCode: exit.exitCode,
    stopped: exit.stopped,
    stdout: Buffer.concat(out).toString("utf8"),
    stderr: redactText(ctx.redaction, Buffer.concat(errors).toString("utf8")).trim(),
  };
}
