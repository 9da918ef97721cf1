import { join } from "node:path";
import { runTool, type ToolExit, type ToolOutput } from "../../process/run-tool.ts";
import { JobFailure, stopWaits, type JobContext } from "../handler.ts";
import { errorBlock } from "./error-block.ts";

/** A prepared Terraform: what every command of a job shares. */
export type TerraformRun = { path: string; cwd: string; env: Record<string, string> };

const tailBytes = 64 * 1024;

/**
 * Runs one command, its output into the job's log.
 * @throws JobFailure `terraform_failed` with Terraform's error block where it does not exit 0
 */
export async function terraform(
  ctx: JobContext,
  run: TerraformRun,
  args: readonly string[],
  extraEnv: Record<string, string> = {},
): Promise<void> {
  const tail = createTail();
  const source = ctx.spool.source();
  let exit: ToolExit;
  try {
    exit = await start(ctx, run, args, extraEnv, {
      kind: "file",
      path: join(ctx.journal.work, "terraform.out"),
      discard: () => ctx.spool.full(),
      async onChunk(chunk) {
        tail.add(chunk);
        await source.write(chunk);
      },
    });
  } finally {
    await source.end();
  }
  if (exit.exitCode !== 0 || exit.stopped) throw failureOf(args[0] ?? "", exit, tail.text());
}

/**
 * Runs one command whose standard output is data.
 * @param limitBytes more output than this is a failure
 */
export async function terraformData(ctx: JobContext, run: TerraformRun, args: readonly string[], limitBytes: number): Promise<Buffer> {
  const errors = createTail();
  const chunks: Buffer[] = [];
  let length = 0;
  const exit = await start(
    ctx,
    run,
    args,
    {},
    {
      kind: "data",
      onChunk(chunk) {
        length += chunk.length;
        if (length <= limitBytes) chunks.push(chunk);
      },
      onError: (chunk) => errors.add(chunk),
    },
  );
  if (exit.exitCode !== 0 || exit.stopped) throw failureOf(args[0] ?? "", exit, errors.text());
  if (length > limitBytes) throw new JobFailure("terraform_failed", `terraform ${args.join(" ")} printed more than ${limitBytes} bytes.`);
  return Buffer.concat(chunks);
}

function start(
  ctx: JobContext,
  run: TerraformRun,
  args: readonly string[],
  extraEnv: Record<string, string>,
  output: ToolOutput,
): Promise<ToolExit> {
  return runTool({
    command: run.path,
    args,
    cwd: run.cwd,
    env: { ...run.env, ...extraEnv },
    waits: stopWaits(ctx.config, { interruptMs: 120_000, terminateMs: 30_000 }),
    signal: ctx.signal,
    childFile: ctx.journal.child,
    output,
  });
}

function failureOf(command: string, exit: ToolExit, output: string): JobFailure {
  const how = exit.signal === undefined ? "" : ` (ended by ${exit.signal})`;
  const block = errorBlock(output);
  const reason = /Saved plan is stale|Saved plan does not match the given state/.test(output) ? "plan_stale" : "terraform_failed";
  return new JobFailure(reason, block === "" ? `terraform ${command} failed${how} without a word.` : block, {
    ...(exit.exitCode === undefined ? {} : { exitCode: exit.exitCode }),
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
  });
}

/** The last part of an output. */
function createTail(): { add(chunk: Buffer): void; text(): string } {
  let kept: Buffer[] = [];
  let length = 0;
  return {
    add(chunk) {
      kept.push(Buffer.from(chunk.subarray(-tailBytes)));
      length += Math.min(chunk.length, tailBytes);
      if (length > 4 * tailBytes) {
        const joined = Buffer.concat(kept).subarray(-tailBytes);
        kept = [Buffer.from(joined)];
        length = joined.length;
      }
    },
    text: () => Buffer.concat(kept).subarray(-tailBytes).toString("utf8"),
  };
}
