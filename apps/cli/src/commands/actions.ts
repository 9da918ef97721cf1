import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago, took } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";
import { secondsOf } from "./installs-settings.ts";
import { followWorkflow, followOptions, type FollowOptions } from "../watch/follow-workflow.ts";

type AdhocOptions = FollowOptions & { file?: string; name?: string; env?: string[]; timeout: string; kubeconfig?: boolean };

function readText(cwd: string, path: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    throw new InvalidInput(`The script ${path} can't be read: ${(error as Error).message}`);
  }
}

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
          { title: "WITHOUT A LINK", cell: (item) => (item.offline ? (item.offline.goesOn ? "goes on" : "stops") : "-") },
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
  addCommand<AdhocOptions>(program, group, {
    name: "adhoc <install> [command]",
    summary: "Run a command or a script once on an install, without an app config",
    options: [
      ["--file <script>", "a script instead of a command; its first line names the interpreter"],
      ["--name <name>", "what to call it in lists"],
      ["--env <name=value...>", "environment variables; `name=@file` takes a file's text"],
      ["--timeout <time>", "how long it may take: 90s, 15m; at most 1h", "5m"],
      ["--kubeconfig", "with KUBECONFIG of the install's cluster"],
      ...followOptions,
    ],
    examples: ["actions adhoc acme 'df -h' --watch", "actions adhoc acme --file fix.sh --env TICKET=42 --kubeconfig --watch"],
    async run({ cli, args: [install = "", command], options }) {
      if ((command === undefined) === (options.file === undefined)) throw new InvalidInput("Give a command, or a script with --file.");
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const script = options.file === undefined ? undefined : readText(cli.io.cwd, options.file);
      const run = await client.call("actions.adhoc", {
        params: { installId: id },
        body: {
          env: parsePairs(options.env ?? [], cli.io.cwd),
          timeoutSeconds: secondsOf("--timeout", options.timeout),
          kubeconfig: options.kubeconfig ?? false,
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(script === undefined ? { command } : { script }),
        },
      });
      if (run.workflowId === undefined) throw new NotFound(`The run ${run.id} has no workflow.`);
      return followWorkflow(cli, { workflowId: run.workflowId, options, result: run });
    },
  });
  addCommand<FollowOptions>(program, group, {
    name: "rerun <run>",
    summary: "Run again what a run ran, with the same environment",
    options: followOptions,
    async run({ cli, args: [runId = ""], options }) {
      const run = await (await cli.client()).call("actions.runs.rerun", { params: { runId } });
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
          { title: "TRIGGER", cell: (run) => (run.measuredOffline ? `${run.trigger}, measured offline` : run.trigger) },
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
