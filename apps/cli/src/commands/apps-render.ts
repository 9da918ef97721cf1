import type { AppConfig, Component } from "@berth/toml-schema/app-config";
import type { Diagnostic } from "@berth/toml-schema/diagnostics";
import { keyName } from "@berth/toml-schema/diff/key-name";
import { renderComponent, type RenderProblem } from "@berth/toml-schema/render-component";
import { didYouMean } from "@berth/toml-schema/schema/suggest";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addCommand, type Program } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";
import { readState } from "../render/read-state.ts";
import { settingsText } from "../render/settings-text.ts";
import { loadWithoutErrors, renderDiagnostics, type LoadedDirectory } from "../sync/load-config.ts";

type Options = { component?: string; state?: string; offline?: boolean };

export function addRender(program: Program, group: Command): void {
  addCommand<Options>(program, group, {
    name: "render [dir]",
    summary: "Show what a component's settings become for an install; needs no control plane and no login",
    options: [
      ["--component <name>", "which component"],
      ["--state <file>", "JSON: what templates find below .nuon; - reads standard input"],
      ["--offline", "fetch no included files from the network"],
    ],
    examples: [
      "apps render ./my-app --component api --state state.json",
      "installs state acme | berth apps render --component api --state -",
    ],
    run: ({ cli, args: [dir], options }) => show(cli, dir, options),
  });
  group.commands
    .at(-1)
    ?.addHelpText(
      "after",
      "\nThe state of an install comes from `berth installs state <install>`, without its sensitive values: write those into it by hand." +
        "\n\nExit codes:\n  0  rendered\n  2  the app has errors, or a template cannot be rendered; they are printed",
    );
}

async function show(cli: Cli, dir: string | undefined, options: Options): Promise<number> {
  const { io } = cli;
  const loaded = await loadWithoutErrors(io, { dir, offline: options.offline });
  if (!loaded) return exitCodes.invalid;
  const index = componentIndex(loaded.config, options.component);
  if (options.state === undefined)
    throw new InvalidInput("Say with --state where the state is; `berth installs state <install> > state.json` writes that of an install.");
  const state = await readState(io, options.state);
  const { component, problems } = renderComponent({ component: loaded.config.components[index]!, state, now: new Date() });
  const found = problems.map((problem) => ({ problem, diagnostic: explain(loaded, index, problem) }));
  cli.show(
    { component, problems: found.map(({ problem, diagnostic }) => asJson(problem, diagnostic)) },
    () => `${heading(io.colors.bold, component)}${settingsText(component, io.colors.dim)}`,
  );
  for (const { problem, diagnostic } of found) {
    io.err(renderDiagnostics(io, { ...loaded, diagnostics: [diagnostic] }, "text"));
    for (const link of problem.error.chain ?? []) io.err(`  ${safeText(link.expression)} is ${safeText(link.value)}\n`);
  }
  if (found.length === 1) io.err("One text cannot be rendered; it is shown as it was written.\n");
  if (found.length > 1) io.err(`${found.length} texts cannot be rendered; they are shown as they were written.\n`);
  return found.length > 0 ? exitCodes.invalid : exitCodes.ok;
}

function componentIndex(config: AppConfig, wanted: string | undefined): number {
  const names = config.components.map(({ name }) => name);
  const known = names.length > 0 ? `it has ${names.join(", ")}` : "it has none";
  if (wanted === undefined) throw new InvalidInput(`Say with --component which one of the app's components; ${known}`);
  const index = names.indexOf(wanted);
  if (index < 0) throw new InvalidInput(`The app has no component "${wanted}": ${didYouMean(wanted, names) ?? known}`);
  return index;
}

function heading(bold: (text: string) => string, { name, type, file }: Component): string {
  return `${bold(safeText(name))} (${type}, ${safeText(file)})\n`;
}

/** A template's failure at its place in the TOML file. */
function explain(loaded: LoadedDirectory, index: number, { path, error }: RenderProblem): Diagnostic {
  const place = loaded.locate(["components", index, ...path], { line: error.line, column: error.column });
  const within = error.line > 1 || error.column > 1 ? `, line ${error.line}, column ${error.column} of the text` : "";
  return { severity: "error", code: error.code, message: `${keyName(path)}${within}: ${error.message}`, ...place };
}

function asJson({ path, error }: RenderProblem, diagnostic: Diagnostic): object {
  const { line, column, code, message, chain = [] } = error;
  return {
    key: keyName(path),
    code,
    message,
    line,
    column,
    chain,
    at: { file: diagnostic.file, line: diagnostic.line, column: diagnostic.column },
  };
}
