import { addCommand, addGroup, type Program } from "../command.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago, took } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";
import { followWorkflow, followOptions, type FollowOptions } from "../watch/follow-workflow.ts";

export function addActions(program: Program): void {
  const group = addGroup(program, "actions", "Scripts that the app ships, and their runs");
  addCommand(program, group, {
    name: "list <install>",
    summary: "List an install's actions with their schedules and health",
    async run({ cli, args: [install = ""] }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const { items } = await client.call("actions.list", { params: { installId: id } });
      cli.list(
        items,
        [
          { title: "ACTION", cell: (item) => safeText(item.name), cut: true },
          { title: "RUNS", cell: (item) => safeText(item.triggers.map((each) => each.cron ?? each.type).join(", ")), cut: true },
          { title: "NEXT", cell: (item) => ago(item.nextTickAt) },
          {
            title: "LAST RUN",
            cell: (item) => (item.lastRun ? `${stateColor(cli.io, item.lastRun.state)} ${ago(item.lastRun.createdAt)}` : "-"),
          },
          { title: "HEALTH", cell: (item) => (item.health ? stateColor(cli.io, item.health.health) : "-") },
        ],
        "The app has no actions.",
      );
    },
  });
  addCommand<{ env?: string[] } & FollowOptions>(program, group, {
    name: "run <install> <action>",
    summary: "Run an action now",
    options: [["--env <name=value...>", "environment variables; they win over the action's own"], ...followOptions],
    examples: ["actions run acme healthcheck", "actions run acme migrate --env DRY_RUN=1 --watch"],
    async run({ cli, args: [install = "", action = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const run = await client.call("actions.run", {
        params: { installId: id, action },
        body: { env: parsePairs(options.env ?? [], cli.io.cwd) },
      });
      if (run.workflowId === undefined) throw new NotFound(`The run ${run.id} has no workflow.`);
      return followWorkflow(cli, { workflowId: run.workflowId, options, result: run });
    },
  });
  addCommand<{ action?: string; limit: string }>(program, group, {
    name: "runs <install>",
    summary: "List runs, newest first",
    options: [
      ["--action <action>", "of this action"],
      ["--limit <n>", "at most so many", "20"],
    ],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const query = options.action === undefined ? {} : { action: options.action };
      cli.list(
        await collect(client.pages("actions.runs.list", { params: { installId: id }, query }), limitOf(options.limit)),
        [
          { title: "RUN", cell: (run) => run.id },
          { title: "ACTION", cell: (run) => safeText(run.action), cut: true },
          { title: "TRIGGER", cell: (run) => run.trigger },
          { title: "STATE", cell: (run) => stateColor(cli.io, run.state) },
          { title: "STARTED", cell: (run) => ago(run.startedAt ?? run.createdAt) },
          { title: "TOOK", cell: (run) => took(run.startedAt, run.finishedAt) },
          { title: "WHY", cell: (run) => safeText(run.failure?.reason ?? ""), cut: true },
        ],
        "No runs yet.",
      );
    },
  });
}
