import { diagnosticFormats, type DiagnosticFormat } from "@berth/toml-schema/diagnostics";
import type { Command } from "commander";
import { addCommand, type Program } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { oneOf } from "../resolve/one-of.ts";
import { verdict } from "../sync/verdict.ts";
import { loadDirectory, renderDiagnostics, usableConfig } from "../sync/load-config.ts";

type Options = { app?: string; format: string; strict?: boolean; offline?: boolean };

export function addValidate(program: Program, group: Command): void {
  addCommand<Options>(program, group, {
    name: "validate [dir]",
    summary: "Check an app's TOML files; needs no control plane and no login",
    options: [
      ["--format <format>", diagnosticFormats.join(", "), "text"],
      ["--strict", "warnings fail, too"],
      ["--offline", "fetch no included files from the network; says which ones"],
      ["--app <name>", "the app's name; that of the directory without it"],
    ],
    examples: [
      "apps validate",
      "apps validate ./my-app --offline --strict",
      "apps validate ./my-app --format github          # annotations in a GitHub workflow",
      "apps validate ./my-app --format sarif > problems.sarif",
    ],
    async run({ cli, args: [dir], options }) {
      const format: DiagnosticFormat = cli.json ? "json" : oneOf("--format", options.format, diagnosticFormats);
      const loaded = await loadDirectory(cli.io, { dir, app: options.app, offline: options.offline });
      cli.io.out(renderDiagnostics(cli.io, loaded, format));
      if (format === "text") cli.io.err(verdict(cli.io, loaded, options.strict));
      return usableConfig(loaded, options.strict) === undefined ? exitCodes.invalid : exitCodes.ok;
    },
  });
  group.commands
    .at(-1)
    ?.addHelpText(
      "after",
      "\nExit codes:\n  0  no errors (with --strict: no warnings either)\n  2  there are some, or the directory cannot be read",
    );
}
