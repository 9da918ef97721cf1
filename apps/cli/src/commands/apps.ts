import { addCommand, addGroup, type Program } from "../command.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { addGraph } from "./apps-graph.ts";
import { addInit } from "./apps-init.ts";
import { addRender } from "./apps-render.ts";
import { addSchema } from "./apps-schema.ts";
import { addSync } from "./apps-sync.ts";
import { addValidate } from "./apps-validate.ts";

export function addApps(program: Program): void {
  const group = addGroup(program, "apps", "What the organisation ships");
  addCommand<{ limit: string }>(program, group, {
    name: "list",
    summary: "List apps, newest first",
    options: [["--limit <n>", "at most so many", "50"]],
    async run({ cli, options }) {
      cli.list(
        await collect((await cli.client()).pages("apps.list"), limitOf(options.limit)),
        [
          { title: "APP", cell: (app) => app.id },
          { title: "NAME", cell: (app) => safeText(app.name), cut: true },
          { title: "VERSION", cell: (app) => String(app.latestConfig?.version ?? "-") },
          { title: "SYNCED", cell: (app) => ago(app.latestConfig?.createdAt) },
          { title: "CREATED", cell: (app) => ago(app.createdAt) },
        ],
        "No apps yet. `berth apps create <name>` makes one.",
      );
    },
  });
  addCommand(program, group, {
    name: "get <app>",
    summary: "Show an app",
    async run({ cli, args: [appId = ""] }) {
      const app = await (await cli.client()).call("apps.get", { params: { appId } });
      cli.show(app, () =>
        renderFields(
          [
            ["app", app.id],
            ["name", safeText(app.name)],
            ["title", app.displayName === undefined ? undefined : safeText(app.displayName)],
            [
              "version",
              app.latestConfig
                ? `${app.latestConfig.version} (${app.latestConfig.id}), synced ${ago(app.latestConfig.createdAt)}`
                : "not synced yet",
            ],
            ["created", ago(app.createdAt)],
          ],
          cli.io.colors.dim,
        ),
      );
    },
  });
  addCommand<{ displayName?: string }>(program, group, {
    name: "create <name>",
    summary: "Create an app",
    options: [["--display-name <text>", "a name for people"]],
    examples: ["apps create my-app"],
    async run({ cli, args: [name = ""], options }) {
      const app = await (
        await cli.client()
      ).call("apps.create", { body: { name, ...(options.displayName === undefined ? {} : { displayName: options.displayName }) } });
      cli.show(app, () => `Created ${cli.io.colors.bold(app.name)} ${cli.io.colors.dim(app.id)}. Next: berth apps sync\n`);
    },
  });
  addInit(program, group);
  addValidate(program, group);
  addGraph(program, group);
  addRender(program, group);
  addSchema(program, group);
  addSync(program, group);
}
