import type { CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";
import { resolveInstall } from "../resolve/install.ts";

type Explained = CallOutput<"explain.get">;
type Subject = Omit<Explained, "parts">;
type Waiting = NonNullable<Explained["waiting"]>;

export function addExplain(program: Program): void {
  addCommand(program, program.root, {
    name: "explain <what>",
    summary: "Why an install, a workflow, a step, a job, an approval, a build or a runner waits, and what would make it go on",
    examples: ["explain acme", "explain wfl0abc…", "explain job0abc…"],
    async run({ cli, args: [text = ""] }) {
      const client = await cli.client();
      const id = /^(wfl|stp|job|apr|bld|run)[0-9a-z]{22}$/.test(text) ? text : (await resolveInstall(client, { install: text })).id;
      const found = await client.call("explain.get", { params: { id } });
      cli.show(found, () => describe(cli, found));
    },
  });
}

function describe(cli: Cli, found: Explained): string {
  if (found.kind === "install") {
    return found.parts.length === 0
      ? "Nothing is under way.\n"
      : found.parts.map((workflow) => describeOne(cli, workflow, workflow.parts)).join("\n");
  }
  return describeOne(cli, found, found.parts);
}

function describeOne(cli: Cli, subject: Subject, parts: readonly Subject[]): string {
  const { io } = cli;
  const lines = [
    `${io.colors.bold(subject.id)}  ${subject.name === undefined ? "" : `${safeText(subject.name)}  `}${stateColor(io, subject.state)}`,
  ];
  if (subject.waiting) lines.push(...reason(cli, subject.waiting, "  "));
  for (const part of parts) {
    lines.push(`  ${safeText(part.name ?? part.id)}  ${stateColor(io, part.state)}`);
    if (part.waiting) lines.push(...reason(cli, part.waiting, "    "));
  }
  if (!subject.waiting && parts.length === 0) lines.push(subject.kind === "workflow" ? "  Nothing waits." : "  It does not wait.");
  return `${lines.join("\n")}\n`;
}

function reason({ io: { colors } }: Cli, waiting: Waiting, indent: string): string[] {
  const deadline = waiting.deadline ? `, at the latest ${ago(waiting.deadline)}` : "";
  return [
    `${indent}waits for ${safeText(waiting.waitsFor)} ${colors.dim(`(${safeText(waiting.reason)}, since ${ago(waiting.since)}${deadline})`)}`,
    `${indent}${colors.dim("→")} ${safeText(waiting.next)}`,
  ];
}
