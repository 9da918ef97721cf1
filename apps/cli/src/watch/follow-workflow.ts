import type { Cli } from "../cli.ts";
import { exitCodes } from "../exit-codes.ts";
import { Interrupted } from "../io.ts";
import { took } from "../output/time.ts";
import type { Workflow } from "../resolve/workflow.ts";
import { askDecision } from "./ask-decision.ts";
import { failureText } from "./step-line.ts";
import { watchWorkflow } from "./watch-workflow.ts";

/** Flags of every command that starts a workflow. */
export const followOptions = [
  ["--watch", "follow it to its end (a terminal does without being told)"],
  ["--no-watch", "only start it"],
] as const;
export type FollowOptions = { watch?: boolean };

/**
 * Follows a workflow that was just started, on a terminal or where `--watch` says so; otherwise only tells its id.
 * @param input.result what a script gets as JSON
 * @returns the exit code
 */
export async function followWorkflow(cli: Cli, input: { workflowId: string; options: FollowOptions; result: unknown }): Promise<number> {
  const { workflowId } = input;
  if (!(input.options.watch ?? (cli.io.interactive && !cli.json))) {
    cli.show(input.result, () => `${workflowId}\n`);
    if (!cli.json) cli.io.err(cli.io.colors.dim(`Follow it with: berth workflows watch ${workflowId}\n`));
    return exitCodes.ok;
  }
  return watchToEnd(cli, workflowId);
}

/** Shows a workflow until it ends, asking for decisions on a terminal. The exit code tells how it ended. */
export async function watchToEnd(cli: Cli, workflowId: string): Promise<number> {
  const { io } = cli;
  const client = await cli.client();
  try {
    const workflow = await watchWorkflow({
      client,
      workflowId,
      colors: io.colors,
      ...(io.width === undefined ? {} : { width: io.width }),
      write: (text) => (cli.json ? io.err(text) : io.out(text)),
      signal: io.signal,
      ...(io.interactive && !cli.json ? { decide: (step, signal) => askDecision(io, step.target ?? step.key, signal) } : {}),
    });
    cli.show(workflow, () => outcome(cli, workflow));
    return workflow.state === "succeeded" ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (error instanceof Interrupted) io.err(`\nThe workflow goes on. Come back with: berth workflows watch ${workflowId}\n`);
    throw error;
  }
}

function outcome({ io: { colors } }: Cli, workflow: Workflow): string {
  const time = colors.dim(took(workflow.startedAt ?? workflow.createdAt, workflow.finishedAt));
  const name = workflow.operation.replaceAll("_", " ");
  if (workflow.state === "succeeded") return `${colors.green("✓")} ${colors.bold(name)} succeeded  ${time}\n`;
  const retry = workflow.state === "failed" ? `\n  try again with: berth workflows retry ${workflow.id}` : "";
  // The failed step has told why, above; some failures belong to no step.
  const told = workflow.steps.some((step) => step.state === "failed");
  return `${colors.red("✗")} ${colors.bold(name)} ${workflow.state}  ${time}${told ? "" : failureText(workflow.failure)}${retry}\n`;
}
