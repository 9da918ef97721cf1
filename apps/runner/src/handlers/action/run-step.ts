import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ActionRunSpec, ActionStepSpec } from "@berth/protocol/job-spec";
import { runTool, type ToolExit } from "../../process/run-tool.ts";
import { JobFailure, stopWaits, type JobContext } from "../handler.ts";
import { readOutputs } from "./read-outputs.ts";
import { stepEnv } from "./step-env.ts";

/** How one step ended. */
export type StepRun = { exit: ToolExit; durationMs: number; outputs: Record<string, unknown> };

/**
 * Runs one step in its source tree, or in an empty directory. The output file is read also after a failure: it may tell why.
 * @throws JobFailure where it cannot be started or its outputs cannot be used
 */
export async function runStep(ctx: JobContext, spec: ActionRunSpec, step: ActionStepSpec, index: number): Promise<StepRun> {
  const root = ctx.journal.work;
  const dir = join(root, `step-${index + 1}`);
  const tree = join(dir, "source");
  const home = join(root, "home");
  const temporary = join(root, "tmp");
  for (const each of [dir, home, temporary]) mkdirSync(each, { recursive: true, mode: 0o700 });
  if (step.source) await (await import("../../artifact/pull.ts")).pullFiles(ctx, step.source, tree);
  else mkdirSync(tree, { mode: 0o700 });

  const outputFile = join(dir, "outputs");
  const source = ctx.spool.source();
  const begun = performance.now();
  const [command, args] = commandOf(step, dir);
  let exit: ToolExit;
  try {
    exit = await runTool({
      command,
      args,
      cwd: tree,
      env: stepEnv({ base: ctx.env, spec, step, installId: ctx.assign.installId, root, home, temporary, outputFile }),
      waits: stopWaits(ctx.config, { interruptMs: 10_000, terminateMs: 5000 }),
      signal: ctx.signal,
      childFile: ctx.journal.child,
      output: { kind: "pipe", onChunk: (chunk) => source.write(chunk) },
    });
  } finally {
    await source.end();
  }
  return { exit, durationMs: Math.round(performance.now() - begun), outputs: readOutputs(outputFile, step.name) };
}

function commandOf(step: ActionStepSpec, dir: string): [string, string[]] {
  if (step.inlineContents !== undefined) {
    const script = join(dir, "script");
    const text = step.inlineContents.startsWith("#!") ? step.inlineContents : `#!/bin/sh\n${step.inlineContents}`;
    writeFileSync(script, text, { mode: 0o700 });
    chmodSync(script, 0o700);
    return [script, []];
  }
  // It is the vendor's shell command by definition: the shell gets it as its script, and nothing of ours is put into it.
  if (step.command !== undefined) return ["/bin/sh", ["-c", step.command]];
  throw new JobFailure("spec_invalid", `Step ${JSON.stringify(step.name)} has neither a command nor a script.`);
}
