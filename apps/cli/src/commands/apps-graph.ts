import { formatGraph, graphFormats } from "@berth/toml-schema/graph-text";
import type { Command } from "commander";
import { addCommand, type Program } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { oneOf } from "../resolve/one-of.ts";
import { loadWithoutErrors } from "../sync/load-config.ts";

export function addGraph(program: Program, group: Command): void {
  addCommand<{ format: string; offline?: boolean }>(program, group, {
    name: "graph [dir]",
    summary: "Draw which component needs which; needs no control plane and no login",
    options: [
      ["--format <format>", `${graphFormats.join(", ")}; json has the orders and what each input reaches`, "mermaid"],
      ["--offline", "fetch no included files from the network"],
    ],
    examples: [
      "apps graph ./my-app                             # Mermaid, as GitHub shows it in Markdown",
      "apps graph ./my-app --format dot | dot -Tsvg > graph.svg",
      "apps graph ./my-app --format json | jq .inputs.domain",
    ],
    async run({ cli, args: [dir], options }) {
      const format = cli.json ? "json" : oneOf("--format", options.format, graphFormats);
      const loaded = await loadWithoutErrors(cli.io, { dir, offline: options.offline });
      if (!loaded) return exitCodes.invalid;
      cli.io.out(formatGraph(loaded.config, format));
      return exitCodes.ok;
    },
  });
  group.commands.at(-1)?.addHelpText("after", "\nExit codes:\n  0  drawn\n  2  the app has errors; they are printed");
}
