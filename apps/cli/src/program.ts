import { ApiError } from "@berth/api/client";
import { AppError, messageOf } from "@berth/kit/errors";
import { Command, CommanderError } from "commander";
import type { Program } from "./command.ts";
import { addActions } from "./commands/actions.ts";
import { addApprovals } from "./commands/approvals.ts";
import { addApps } from "./commands/apps.ts";
import { addBuilds } from "./commands/builds.ts";
import { addComponents } from "./commands/components.ts";
import { addExitCodes } from "./commands/exit-codes.ts";
import { addExplain } from "./commands/explain.ts";
import { addGitCredentials } from "./commands/git-credentials.ts";
import { addInstalls } from "./commands/installs.ts";
import { addLogin } from "./commands/login.ts";
import { addJobs } from "./commands/jobs.ts";
import { addOrg } from "./commands/org.ts";
import { addLogs } from "./commands/logs.ts";
import { addDrift } from "./commands/drift.ts";
import { addRollouts } from "./commands/rollouts.ts";
import { addRunbooks } from "./commands/runbooks.ts";
import { addRunners } from "./commands/runners.ts";
import { addSecrets } from "./commands/secrets.ts";
import { addStates } from "./commands/states.ts";
import { addTokens } from "./commands/tokens.ts";
import { addWorkflows } from "./commands/workflows.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { safeLines } from "./output/safe-text.ts";
import { version } from "./version.ts";

/**
 * Runs one command line.
 * @param input.args without the program's own name
 * @returns the exit code; whatever went wrong has been printed
 */
export async function runProgram(input: { io: Io; args: readonly string[] }): Promise<number> {
  const { io } = input;
  // As an option of the program it would be taken out of every command that has one of its own.
  if (input.args[0] === "--version" || input.args[0] === "-V") {
    io.out(`${version}\n`);
    return exitCodes.ok;
  }
  const root = new Command("berth")
    .description("Ships an app into its customers' own cloud accounts.")
    .addHelpText("after", "\n`berth --version` prints the version.")
    .option("--json", "print results as JSON")
    .option("--org <name>", "use the stored login of this organisation")
    .showHelpAfterError("(`--help` tells more)")
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .helpCommand(false);
  const program: Program = { root, io, exitCode: exitCodes.ok };
  for (const add of [
    addLogin,
    addApps,
    addComponents,
    addBuilds,
    addInstalls,
    addWorkflows,
    addApprovals,
    addActions,
    addRunbooks,
    addRollouts,
    addDrift,
    addSecrets,
    addRunners,
    addJobs,
    addLogs,
    addStates,
    addExplain,
    addTokens,
    addOrg,
    addGitCredentials,
    addExitCodes,
  ])
    add(program);
  try {
    await root.parseAsync(input.args, { from: "user" });
    return program.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) printError(io, root.opts<{ json?: boolean }>().json ?? false, error);
    return exitCodeOf(error);
  }
}

function printError(io: Io, json: boolean, error: unknown): void {
  if (json) {
    const problem =
      error instanceof ApiError ? error.problem : { code: error instanceof AppError ? error.code : "failed", detail: messageOf(error) };
    io.err(`${JSON.stringify({ error: problem })}\n`);
    return;
  }
  io.err(`${io.colors.red("error")}: ${safeLines(messageOf(error))}\n`);
  if (!(error instanceof ApiError)) return;
  const problems = error.problem.meta?.["problems"];
  if (Array.isArray(problems) && problems.length > 1) {
    for (const each of problems as { at: string; message: string }[]) io.err(`  ${safeLines(`${each.at}: ${each.message}`)}\n`);
  }
  if (error.status >= 500 && error.problem.requestId) io.err(io.colors.dim(`  request ${safeLines(error.problem.requestId)}\n`));
}
