import type { ApiClient, CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";
import { resolveInstall } from "../resolve/install.ts";

type Explanation = CallOutput<"workflows.explain">;
type Waiting = NonNullable<Explanation["waiting"]>;

export function addExplain(program: Program): void {
  addCommand(program, program.root, {
    name: "explain <what>",
    summary: "Why an install, a workflow, a job or a runner waits, and what would make it go on",
    examples: ["explain acme", "explain wfl0abc…", "explain job0abc…"],
    async run({ cli, args: [text = ""] }) {
      const client = await cli.client();
      const single = await waitingOf(client, text);
      if (single) {
        cli.show(single, () => describeSingle(cli, single));
        return;
      }
      const found = await Promise.all(
        (await workflowIds(client, text)).map((workflowId) => client.call("workflows.explain", { params: { workflowId } })),
      );
      cli.show(found, () => (found.length === 0 ? "Nothing is under way.\n" : found.map((each) => describe(cli, each)).join("\n")));
    },
  });
}

type Single = { id: string; state: string; waiting?: Waiting | undefined };

/** Jobs and runners tell for themselves. */
async function waitingOf(client: ApiClient, text: string): Promise<Single | undefined> {
  if (/^job[0-9a-z]{22}$/.test(text)) return client.call("jobs.get", { params: { jobId: text } });
  if (/^run[0-9a-z]{22}$/.test(text)) return client.call("runners.get", { params: { runnerId: text } });
  return undefined;
}

function describeSingle(cli: Cli, { id, state, waiting }: Single): string {
  const lines = waiting ? reason(cli, waiting, "  ") : ["  It does not wait."];
  return `${[`${cli.io.colors.bold(id)}  ${stateColor(cli.io, state)}`, ...lines].join("\n")}\n`;
}

async function workflowIds(client: ApiClient, text: string): Promise<string[]> {
  if (/^wfl[0-9a-z]{22}$/.test(text)) return [text];
  const install = await resolveInstall(client, { install: text });
  const { items } = await client.call("workflows.list", { query: { installId: install.id, state: "open", limit: 200 } });
  return items.map((workflow) => workflow.id);
}

function describe(cli: Cli, { workflowId, state, waiting, steps }: Explanation): string {
  const lines = [`${cli.io.colors.bold(workflowId)}  ${stateColor(cli.io, state)}`];
  if (waiting) lines.push(...reason(cli, waiting, "  "));
  for (const step of steps) lines.push(`  ${safeText(step.key)}  ${stateColor(cli.io, step.state)}`, ...reason(cli, step.waiting, "    "));
  if (!waiting && steps.length === 0) lines.push("  Nothing waits.");
  return `${lines.join("\n")}\n`;
}

function reason({ io: { colors } }: Cli, waiting: Waiting, indent: string): string[] {
  const deadline = waiting.deadline ? `, at the latest ${ago(waiting.deadline)}` : "";
  return [
    `${indent}waits for ${safeText(waiting.waitsFor)} ${colors.dim(`(${safeText(waiting.reason)}, since ${ago(waiting.since)}${deadline})`)}`,
    `${indent}${colors.dim("→")} ${safeText(waiting.next)}`,
  ];
}
