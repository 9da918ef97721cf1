import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { renderTable } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { toolsText } from "../output/tools-text.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { resolveRunner } from "../resolve/runner.ts";

const which = "<runner> is a runner's id, or an install that has one runner.";

export function addRunners(program: Program): void {
  const group = addGroup(program, "runners", "The programs in customers' accounts that do the work").addHelpText("after", `\n${which}`);
  addCommand<{ install?: string; limit: string }>(program, group, {
    name: "list",
    summary: "List runners, newest first",
    options: [
      ["--install <install>", "of this install"],
      ["--limit <n>", "at most so many", "50"],
    ],
    async run({ cli, options }) {
      const client = await cli.client();
      const query = options.install === undefined ? {} : { installId: (await resolveInstall(client, { install: options.install })).id };
      cli.list(
        await collect(client.pages("runners.list", { query }), limitOf(options.limit)),
        [
          { title: "RUNNER", cell: (item) => item.id },
          { title: "NAME", cell: (item) => safeText(item.name), cut: true },
          { title: "STATE", cell: (item) => stateColor(cli.io, item.state) + (item.draining ? " (draining)" : "") },
          { title: "VERSION", cell: (item) => safeText(item.version ?? "-") },
          { title: "SLOTS", cell: (item) => String(item.slots) },
          { title: "SEEN", cell: (item) => ago(item.lastSeenAt) },
          { title: "WAITS FOR", cell: (item) => safeText(item.waiting?.waitsFor ?? ""), cut: true },
        ],
        "No runners. Each install gets one with `berth installs create`.",
      );
    },
  });
  addCommand(program, group, {
    name: "get <runner>",
    summary: "Show a runner, its session and its jobs",
    async run({ cli, args: [text = ""] }) {
      const client = await cli.client();
      const runner = await client.call("runners.get", { params: { runnerId: await resolveRunner(client, text) } });
      const { session, capabilities, waiting } = runner;
      cli.show(runner, () => {
        const head = renderFields(
          [
            ["runner", runner.id],
            ["name", safeText(runner.name)],
            ["install", runner.installId],
            ["state", stateColor(cli.io, runner.state) + (runner.draining ? ", draining: it takes nothing new" : "")],
            ["disabled by", runner.disabledBy === undefined ? undefined : safeText(runner.disabledBy)],
            ["version", runner.version === undefined ? undefined : safeText(runner.version)],
            ["machine", capabilities ? safeText(`${capabilities.os} ${capabilities.arch}, Node ${capabilities.node}`) : undefined],
            ["tools", capabilities && safeText(toolsText(capabilities.tools))],
            ["can do", capabilities && safeText(capabilities.kinds.join(", "))],
            ["slots", String(runner.slots)],
            [
              "session",
              session ? safeText(`since ${ago(session.connectedAt)} from ${session.remoteAddr ?? "?"} at ${session.replicaId}`) : undefined,
            ],
            ["seen", ago(runner.lastSeenAt)],
            ["waits for", waiting ? safeText(`${waiting.waitsFor}. ${waiting.next}`) : undefined],
          ],
          cli.io.colors.dim,
        );
        if (runner.jobs.length === 0) return head;
        const jobs = renderTable({
          items: runner.jobs,
          width: cli.io.width,
          dim: cli.io.colors.dim,
          columns: [
            { title: "JOB", cell: (job) => job.id },
            { title: "KIND", cell: (job) => job.kind },
            { title: "TARGET", cell: (job) => safeText(job.target ?? "-"), cut: true },
            { title: "STATE", cell: (job) => stateColor(cli.io, job.state) },
            { title: "CREATED", cell: (job) => ago(job.createdAt) },
          ],
        });
        return `${head}\n${jobs}`;
      });
    },
  });
  addCommand(program, group, {
    name: "enroll-token <runner>",
    summary: "Make a new one-time token for a runner that has none that works",
    async run({ cli, args: [text = ""] }) {
      const client = await cli.client();
      const made = await client.call("runners.createEnrolmentToken", { params: { runnerId: await resolveRunner(client, text) } });
      cli.show(made, () => `berth-runner enroll --url ${client.url} --token ${made.token}\n`);
      if (!cli.json)
        cli.io.err(cli.io.colors.dim(`It works once, until ${made.expiresAt}. Earlier tokens that were not used do not work any more.\n`));
    },
  });
  for (const [verb, name, summary, done] of [
    [
      "disable",
      "runners.disable",
      "End its session and give it no work until it is enabled",
      "is disabled: what it runs ends, nothing new is given to it",
    ],
    ["enable", "runners.enable", "Let a disabled runner work again", "may work again"],
    ["revoke", "runners.revoke", "End a runner at once and for good", "is revoked"],
  ] as const) {
    addCommand<{ confirm?: string }>(program, group, {
      name: `${verb} <runner>`,
      summary,
      ...(verb === "revoke" ? { options: [["--confirm <id>", "the runner's id, to be sure"]] as const } : {}),
      async run({ cli, args: [text = ""], options }) {
        const client = await cli.client();
        const runnerId = await resolveRunner(client, text);
        if (
          verb === "revoke" &&
          (options.confirm ?? (cli.io.interactive ? await cli.io.ask(`Type ${runnerId} to revoke it for good: `) : undefined)) !== runnerId
        )
          throw new InvalidInput(`Not confirmed. Give the runner's id: --confirm ${runnerId}`);
        const after = await client.call(name, { params: { runnerId } });
        cli.show({ id: runnerId, ...after }, () => `${runnerId} ${done}.\n`);
      },
    });
  }
}
