import type { CallInput, CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { secondsOf } from "./installs-settings.ts";

type Body = NonNullable<CallInput<"rollouts.create">["body"]>;
type Ring = Body["rings"][number];
type Rollout = CallOutput<"rollouts.get">;
type CreateOptions = { to: string; ring: string[]; approveAll?: boolean; preview?: boolean };

const ringHelp = `
A ring is its name, and after a colon what it takes and how, with ";" between:
  installs=a,b  labels=<selector>  percent=<n>     what it takes of what earlier rings have left; all of it without any
  parallel=<n>  failures=<n>  approval  healthy=<time>  give-up=<time>
`;

export function addRollouts(program: Program): void {
  const group = addGroup(program, "rollouts", "One app config over many installs, ring after ring");
  addCommand<CreateOptions>(program, group, {
    name: "create <app>",
    summary: "Bring an app config to the app's installs, ring after ring",
    options: [
      ["--to <version>", "the app config", "latest"],
      ["--ring <ring...>", "in this order; see below"],
      ["--approve-all", "approve every plan without asking"],
      ["--preview", "only show which installs each ring takes"],
    ],
    examples: [
      "rollouts create hello --ring 'canary:labels=tier=canary;parallel=1' 'half:percent=50;healthy=1h;failures=2' 'rest:approval'",
      "rollouts create hello --to 7 --ring all:parallel=10 --preview",
    ],
    async run({ cli, args: [app = ""], options }) {
      if (!options.ring?.length) throw new InvalidInput(`Name at least one --ring.\n${ringHelp}`);
      const client = await cli.client();
      const body: Body = { appId: app, appConfig: options.to, rings: options.ring.map(parseRing), approveAll: options.approveAll ?? false };
      if (options.preview) {
        const preview = await client.call("rollouts.preview", { body });
        const lines = preview.rings.map(
          ({ name, installs }) =>
            `${cli.io.colors.bold(safeText(name))}  ${safeText(installs.map((each) => each.name).join(", ")) || "(none)"}`,
        );
        const left =
          preview.left.length > 0
            ? [`${cli.io.colors.dim("in no ring")}  ${safeText(preview.left.map((each) => each.name).join(", "))}`]
            : [];
        cli.show(preview, () => `${[...lines, ...left].join("\n")}\n`);
        return;
      }
      const rollout = await client.call("rollouts.create", { body });
      cli.show(rollout, () => describe(cli, rollout));
    },
  });
  addCommand<{ limit: string }>(program, group, {
    name: "list",
    summary: "List rollouts, newest first",
    options: [["--limit <n>", "at most so many", "20"]],
    async run({ cli, options }) {
      cli.list(
        await collect((await cli.client()).pages("rollouts.list"), limitOf(options.limit)),
        [
          { title: "ROLLOUT", cell: (item) => item.id },
          { title: "APP", cell: (item) => item.appId },
          { title: "VERSION", cell: (item) => String(item.version) },
          { title: "STATE", cell: (item) => stateColor(cli.io, item.state) },
          { title: "STARTED", cell: (item) => ago(item.createdAt) },
          { title: "WHY", cell: (item) => safeText(item.why ?? ""), cut: true },
        ],
        "No rollouts.",
      );
    },
  });
  addCommand(program, group, {
    name: "show <rollout>",
    summary: "Show a rollout's rings and installs, and why each waits",
    async run({ cli, args: [rolloutId = ""] }) {
      const rollout = await (await cli.client()).call("rollouts.get", { params: { rolloutId } });
      cli.show(rollout, () => describe(cli, rollout));
    },
  });
  for (const [verb, summary] of [
    ["pause", "Start no more installs; those under way go on"],
    ["resume", "Go on"],
    ["halt", "End it: nothing more starts, and what only waits is cancelled"],
  ] as const) {
    addCommand<{ why?: string }>(program, group, {
      name: `${verb} <rollout>`,
      summary,
      options: [["--why <text>", "kept with the rollout"]],
      async run({ cli, args: [rolloutId = ""], options }) {
        const rollout = await (await cli.client()).call(`rollouts.${verb}`, { params: { rolloutId }, body: { why: options.why ?? "" } });
        cli.show(rollout, () => describe(cli, rollout));
      },
    });
  }
  for (const [name, route, summary] of [
    ["approve-ring", "rollouts.approveRing", "Let a ring begin that waits for a person"],
    ["rollback-ring", "rollouts.rollBackRing", "Pause, and bring a ring's installs back to the app config they had"],
  ] as const) {
    addCommand<{ why?: string }>(program, group, {
      name: `${name} <rollout> <ring>`,
      summary: `${summary}; rings count from 1`,
      options: [["--why <text>", "kept with the rollout"]],
      async run({ cli, args: [rolloutId = "", ring = ""], options }) {
        if (!/^[1-9]\d?$/.test(ring)) throw new InvalidInput(`Rings count from 1; "${ring}" is none.`);
        const rollout = await (
          await cli.client()
        ).call(route, { params: { rolloutId, ring: Number(ring) }, body: { why: options.why ?? "" } });
        cli.show(rollout, () => describe(cli, rollout));
      },
    });
  }
  for (const [name, route, summary] of [
    ["skip", "rollouts.skipInstall", "Go on without an install"],
    ["retry", "rollouts.retryInstall", "Try an install again that failed, was skipped or rolled back"],
  ] as const) {
    addCommand<{ why?: string }>(program, group, {
      name: `${name} <rollout> <install>`,
      summary,
      options: [["--why <text>", "kept with the rollout"]],
      async run({ cli, args: [rolloutId = "", installId = ""], options }) {
        const rollout = await (await cli.client()).call(route, { params: { rolloutId, installId }, body: { why: options.why ?? "" } });
        cli.show(rollout, () => describe(cli, rollout));
      },
    });
  }
}

const number = (key: string, text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidInput(`A ring's ${key} is a whole number, not "${text}"`);
  return Number(text);
};

const settings: Readonly<Record<string, (value: string) => Partial<Ring>>> = {
  installs: (value) => ({ installs: value.split(",") }),
  labels: (value) => ({ labels: value }),
  percent: (value) => ({ percent: number("percent", value) }),
  parallel: (value) => ({ maxParallel: number("parallel", value) }),
  failures: (value) => ({ maxFailures: number("failures", value) }),
  approval: () => ({ needsApproval: true }),
  healthy: (value) => ({ healthySeconds: secondsOf("A ring's healthy", value) }),
  "give-up": (value) => ({ giveUpSeconds: secondsOf("A ring's give-up", value) }),
};

/** `name:key=value;key` as a ring. @throws InvalidInput */
export function parseRing(text: string): Ring {
  const at = text.indexOf(":");
  const name = at < 0 ? text : text.slice(0, at);
  const parts = at < 0 ? [] : text.slice(at + 1).split(";");
  return parts.reduce<Ring>(
    (ring, part) => {
      const equals = part.indexOf("=");
      const key = (equals < 0 ? part : part.slice(0, equals)).trim();
      const setting = settings[key];
      if (!setting)
        throw new InvalidInput(`Ring "${name}" has "${part}", which is none of: ${Object.keys(settings).join(", ")}.\n${ringHelp}`);
      return { ...ring, ...setting(equals < 0 ? "" : part.slice(equals + 1).trim()) };
    },
    { name },
  );
}

function describe(cli: Cli, rollout: Rollout): string {
  const { colors } = cli.io;
  const lines = [
    `${colors.bold(rollout.id)}  version ${rollout.version}  ${stateColor(cli.io, rollout.state)}${rollout.why === undefined ? "" : `  ${colors.dim(safeText(rollout.why))}`}`,
  ];
  if (rollout.waiting) {
    const deadline = rollout.waiting.deadline ? `, until ${ago(rollout.waiting.deadline)}` : "";
    lines.push(
      `  waits for ${safeText(rollout.waiting.waitsFor)} ${colors.dim(`(${rollout.waiting.reason}, since ${ago(rollout.waiting.since)}${deadline})`)}`,
      `  ${colors.dim("→")} ${safeText(rollout.waiting.next)}`,
    );
  }
  for (const [index, ring] of rollout.rings.entries()) {
    lines.push(
      `${colors.bold(`${index + 1} ${safeText(ring.name)}`)}  ${stateColor(cli.io, ring.state)}  ${colors.dim(`${ring.maxParallel} at once, ${ring.maxFailures} may fail`)}`,
    );
    for (const install of ring.installs) {
      const note = install.note ?? (install.waiting ? `waits for ${install.waiting.waitsFor}: ${install.waiting.next}` : "");
      lines.push(
        `  ${safeText(install.name)}  ${stateColor(cli.io, install.state)}  ${colors.dim(install.workflowId ?? "")}  ${safeText(note)}`.trimEnd(),
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
