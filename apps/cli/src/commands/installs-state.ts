import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeLines, safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";

const ofApp = ["--app <app>", "where several apps have an install of this name"] as const;

/** The state that templates read: its versions, what changed between them, and the README made from it. */
export function addInstallState(program: Program, group: Parameters<typeof addCommand>[1]): void {
  addCommand<{ app?: string; version?: string; path?: string }>(program, group, {
    name: "state <install>",
    summary: "Print the state that templates read, as JSON, without sensitive values",
    options: [ofApp, ["--version <n>", "an earlier version"], ["--path <path>", "only this part: nuon.components.db.outputs"]],
    examples: ["installs state acme --path components.db.outputs"],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const query = options.version === undefined ? {} : { version: versionOf(options.version) };
      const state = await client.call("installs.state.get", { params: { installId: id }, query });
      const part = options.path === undefined ? state.content : partOf(state.content, options.path);
      cli.show(options.path === undefined ? state : part, () => `${JSON.stringify(part, undefined, 2)}\n`);
    },
  });
  addCommand<{ app?: string; limit: string }>(program, group, {
    name: "state-versions <install>",
    summary: "List the versions of the state and what made each, newest first",
    options: [ofApp, ["--limit <n>", "at most so many", "20"]],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      cli.list(
        await collect(client.pages("installs.state.versions", { params: { installId: id } }), limitOf(options.limit)),
        [
          { title: "VERSION", cell: (item) => String(item.version) },
          { title: "MADE", cell: (item) => ago(item.createdAt) },
          { title: "BY", cell: (item) => safeText(item.cause), cut: true },
        ],
        "No state yet.",
      );
    },
  });
  addCommand<{ app?: string }>(program, group, {
    name: "state-diff <install> [from] [to]",
    summary: "Show what changed between two versions of the state; between the last two without numbers",
    options: [ofApp],
    examples: ["installs state-diff acme", "installs state-diff acme 3 7"],
    async run({ cli, args: [install = "", from, to], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const query = { ...(from === undefined ? {} : { from: versionOf(from) }), ...(to === undefined ? {} : { to: versionOf(to) }) };
      const diff = await client.call("installs.state.diff", { params: { installId: id }, query });
      const { colors } = cli.io;
      cli.show(diff, () => {
        const head = colors.dim(`version ${diff.from} → ${diff.to}  (${safeText(diff.cause)})`);
        const lines = diff.differences.flatMap(({ path, before, after }) => [
          safeText(path),
          ...(before === undefined ? [] : [colors.red(`  - ${safeText(JSON.stringify(before))}`)]),
          ...(after === undefined ? [] : [colors.green(`  + ${safeText(JSON.stringify(after))}`)]),
        ]);
        return `${[head, ...(lines.length > 0 ? lines : ["Nothing."])].join("\n")}\n`;
      });
    },
  });
  addCommand<{ app?: string }>(program, group, {
    name: "readme <install>",
    summary: "Print the app's README, rendered for the install",
    options: [ofApp],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install, app: options.app });
      const readme = await client.call("installs.readme", { params: { installId: id } });
      cli.show(readme, () => `${safeLines(readme.markdown).trimEnd()}\n`);
    },
  });
}

function versionOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidInput(`A version is a whole number, not "${text}"`);
  return Number(text);
}

/** A part of the tree by its dotted path, with or without `.nuon.` before it. */
function partOf(tree: Record<string, unknown>, path: string): unknown {
  const names = path.replace(/^\.?(nuon|berth)\.|^\./, "").split(".");
  let here: unknown = tree;
  for (const name of names) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, name))
      throw new NotFound(`The state has no ${path}: there is no "${name}".`);
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}
