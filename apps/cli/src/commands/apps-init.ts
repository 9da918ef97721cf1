import { mkdir } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { messageOf } from "@berth/kit/errors";
import { isRepo } from "@berth/toml-schema/checks/repos";
import type { Command } from "commander";
import { addCommand, type Program } from "../command.ts";
import { findHome } from "../init/find-home.ts";
import { starterApp } from "../init/starter-app.ts";
import { writeStarter } from "../init/write-starter.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";

type Options = { repo?: string; branch?: string };

export function addInit(program: Program, group: Command): void {
  addCommand<Options>(program, group, {
    name: "init [dir]",
    summary: "Write a small app to start from, with every choice explained; overwrites nothing",
    options: [
      ["--repo <repo>", "where the directory will be pushed: owner/name on GitHub, or a URL; its git remote without it"],
      ["--branch <branch>", "the branch there; the current one without it"],
    ],
    examples: ["apps init my-app", "apps init my-app --repo acme/my-app"],
    async run({ cli, args: [given], options }) {
      const { colors, cwd } = cli.io;
      if (options.repo !== undefined && !isRepo(options.repo))
        throw new InvalidInput(`--repo is owner/name, or an https or ssh URL, not "${options.repo}"`);
      const dir = resolve(cwd, given ?? ".");
      try {
        await mkdir(dir, { recursive: true });
      } catch (error) {
        throw new InvalidInput(`${dir} cannot be made: ${messageOf(error)}`);
      }
      const found = await findHome(dir);
      const home = {
        repo: options.repo ?? found.repo ?? "your-org/your-repo",
        branch: options.branch ?? found.branch ?? "main",
        prefix: found.prefix ?? "",
      };
      const known = (options.repo ?? found.repo) !== undefined;
      const files = await writeStarter(dir, starterApp({ displayName: titleOf(basename(dir)), home, known }));
      const shown = relative(cwd, dir) || ".";
      cli.show({ dir, files, ...home }, () =>
        [
          ...files.map((path) => `${colors.green("+")} ${safeText(path)}`),
          "",
          `The sources are taken from ${colors.bold(safeText(home.repo))}, branch ${safeText(home.branch)}: push them there${known ? "" : ", and put its real name into sandbox.toml and components/hello.toml"}.`,
          `Next: berth apps validate ${shown}, then berth apps sync ${shown} --create`,
          "",
        ].join("\n"),
      );
    },
  });
  group.commands.at(-1)?.addHelpText("after", "\nExit codes:\n  0  written\n  2  some of the files are there already; nothing was written");
}

/** `my-app` is `My app`. */
function titleOf(name: string): string {
  const words = name.replace(/[-_.]+/g, " ").trim();
  return words === "" ? "My app" : `${words[0]!.toUpperCase()}${words.slice(1)}`;
}
