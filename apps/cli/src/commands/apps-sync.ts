import { ApiError, type ApiClient } from "@berth/api/client";
import type { Diagnostic } from "@berth/toml-schema/diagnostics";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addCommand, type Program } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { safeText } from "../output/safe-text.ts";
import { describeSync, type SyncResult } from "../sync/describe-sync.ts";
import { followBuilds } from "../sync/follow-builds.ts";
import { loadDirectory, renderDiagnostics, usableConfig, type LoadedDirectory } from "../sync/load-config.ts";
import { verdict } from "../sync/verdict.ts";

type SyncOptions = { app?: string; dryRun?: boolean; create?: boolean; wait?: boolean; strict?: boolean };

export function addSync(program: Program, group: Command): void {
  addCommand<SyncOptions>(program, group, {
    name: "sync [dir]",
    summary: "Check an app's files, show what changes, store a new version and build what changed",
    options: [
      ["--app <name>", "the app's name; that of the directory without it"],
      ["--dry-run", "only show what would change"],
      ["--create", "create the app where it does not exist"],
      ["--no-wait", "do not wait for the builds"],
      ["--strict", "warnings count as errors"],
    ],
    examples: ["apps sync", "apps sync ./my-app --dry-run", "apps sync --create --app my-app"],
    run: ({ cli, args: [dir], options }) => sync(cli, dir, options),
  });
  group.commands
    .at(-1)
    ?.addHelpText(
      "after",
      "\nExit codes:\n  0  stored (or unchanged), and every build succeeded\n  1  it could not be sent or stored\n  2  the app has errors; nothing was stored" +
        "\n  3  stored, and a build failed or was cancelled; not with --no-wait\n  4  there is no such app, or no valid login",
    );
}

async function sync(cli: Cli, dir: string | undefined, options: SyncOptions): Promise<number> {
  const { io } = cli;
  const loaded = await loadDirectory(io, { dir, app: options.app });
  const config = usableConfig(loaded, options.strict);
  io.err(renderDiagnostics(io, loaded, "text"));
  if (!config) {
    cli.show({ diagnostics: loaded.diagnostics }, () => "");
    io.err(`${verdict(io, loaded, options.strict)}Nothing was sent.\n`);
    return exitCodes.invalid;
  }
  const client = await cli.client();
  const send = (dryRun: boolean): Promise<SyncResult> =>
    client.call("configs.sync", { params: { appId: config.name }, body: { config: { ...config }, dryRun }, signal: io.signal });
  try {
    const preview = await withApp(client, { name: config.name, create: options.create ?? false, cli }, () => send(true));
    if (!cli.json) io.out(describeSync(preview, io.colors));
    if (options.dryRun) {
      cli.show(preview, () => `${safeText(preview.summary)}\n`);
      return exitCodes.ok;
    }
    const result = await send(false);
    if (!cli.json) io.out(`${io.colors.green("✓")} ${safeText(result.summary)}\n`);
    return await finish(cli, client, result, options.wait ?? true);
  } catch (error) {
    return refuse(cli, error, loaded);
  }
}

async function finish(cli: Cli, client: ApiClient, result: SyncResult, wait: boolean): Promise<number> {
  const { io } = cli;
  const buildIds = result.targets.flatMap((target) => (target.action === "build" && target.buildId !== undefined ? [target.buildId] : []));
  const write = (text: string): void => (cli.json ? io.err(text) : io.out(text));
  const builds = wait ? await followBuilds({ client, buildIds, write, colors: io.colors, signal: io.signal }) : [];
  if (cli.json) cli.show({ ...result, builds }, () => "");
  return builds.some((build) => build.state !== "succeeded") ? exitCodes.buildFailed : exitCodes.ok;
}

async function withApp<T>(client: ApiClient, input: { name: string; create: boolean; cli: Cli }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "not_found") throw error;
    if (!input.create)
      throw new ApiError({
        ...error.problem,
        detail: `There is no app "${input.name}". Create it with \`berth apps create ${input.name}\`, or sync with --create.`,
      });
    await client.call("apps.create", { body: { name: input.name } });
    input.cli.note(`Created the app ${input.name}.`);
    return work();
  }
}

/** The server found problems that cannot be seen from here (a repository, a branch): they are shown like the others. */
function refuse(cli: Cli, error: unknown, loaded: LoadedDirectory): number {
  const diagnostics = error instanceof ApiError && error.code === "invalid_config" ? error.problem.meta?.["diagnostics"] : undefined;
  if (!Array.isArray(diagnostics)) throw error;
  cli.io.err(renderDiagnostics(cli.io, { ...loaded, diagnostics: diagnostics as Diagnostic[] }, "text"));
  cli.show({ diagnostics }, () => "");
  cli.io.err("Nothing was stored.\n");
  return exitCodes.invalid;
}
