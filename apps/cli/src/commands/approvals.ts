import type { CallOutput } from "@berth/api/client";
import type { Cli } from "../cli.ts";
import { addCommand, addGroup, type Program } from "../command.ts";
import { renderFields } from "../output/fields.ts";
import { safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { renderTable } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";

export function addApprovals(program: Program): void {
  const group = addGroup(program, "approvals", "Plans that wait for a decision");
  addCommand<{ install?: string; all?: boolean; limit: string }>(program, group, {
    name: "list",
    summary: "List plans that wait for a decision, newest first",
    options: [
      ["--install <install>", "of this install"],
      ["--all", "decided ones too"],
      ["--limit <n>", "at most so many", "50"],
    ],
    async run({ cli, options }) {
      const client = await cli.client();
      const installId = options.install === undefined ? undefined : (await resolveInstall(client, { install: options.install })).id;
      const query = { state: options.all ? ("all" as const) : ("pending" as const), ...(installId === undefined ? {} : { installId }) };
      cli.list(
        await collect(client.pages("approvals.list", { query }), limitOf(options.limit)),
        [
          { title: "APPROVAL", cell: (item) => item.id },
          { title: "WORKFLOW", cell: (item) => item.workflowId },
          { title: "STEP", cell: (item) => safeText(item.stepKey), cut: true },
          { title: "STATE", cell: (item) => item.state },
          { title: "CREATE", cell: (item) => String(item.plan?.create ?? "") },
          { title: "CHANGE", cell: (item) => String(item.plan?.update ?? "") },
          { title: "REPLACE", cell: (item) => String(item.plan?.replace ?? "") },
          { title: "DESTROY", cell: (item) => String(item.plan?.delete ?? "") },
          { title: "SINCE", cell: (item) => ago(item.createdAt) },
          { title: "BY", cell: (item) => safeText(item.decidedBy ?? ""), cut: true },
        ],
        "No plan waits for a decision.",
      );
    },
  });
  addCommand(program, group, {
    name: "show <approval>",
    summary: "Show an approval: who said what, when, from where and of which plan, and what policies said",
    examples: ["approvals show apr0abc…", "--json approvals show apr0abc… | jq .votes"],
    async run({ cli, args: [approvalId = ""] }) {
      const approval = await (await cli.client()).call("approvals.get", { params: { approvalId } });
      cli.show(approval, () => describe(cli, approval));
    },
  });
}

type Approval = CallOutput<"approvals.get">;

function describe(cli: Cli, approval: Approval): string {
  const { colors } = cli.io;
  const { plan, policies, votes = [], changes } = approval;
  const head = renderFields(
    [
      ["approval", approval.id],
      ["workflow", approval.workflowId],
      ["step", safeText(approval.stepKey)],
      ["state", stateColor(cli.io, approval.state)],
      [
        "plan",
        `${approval.digest}${plan ? `\n${plan.create} to create, ${plan.update} to change, ${plan.replace} to replace, ${plan.delete} to destroy` : ""}`,
      ],
      ["asked", ago(approval.createdAt)],
      [
        "until",
        approval.state === "pending" && approval.expiresAt !== undefined ? `${ago(approval.expiresAt)} (${approval.expiresAt})` : undefined,
      ],
      ["decided", decidedText(approval)],
      [
        "policies",
        policies
          ?.map(({ policy, passed, why }) => `${policy}: ${passed ? "passes" : `holds it, because ${safeText(why ?? "it says no")}`}`)
          .join("\n"),
      ],
      ["otherwise", changes ? `than the plan before it: ${safeText(changes.join("\n"))}` : undefined],
    ],
    colors.dim,
  );
  if (votes.length === 0) return head;
  const table = renderTable({
    items: votes,
    width: cli.io.width,
    dim: colors.dim,
    columns: [
      { title: "WHO", cell: (vote) => safeText(vote.by) },
      { title: "SIDE", cell: (vote) => vote.side },
      { title: "SAID", cell: (vote) => vote.decision.replaceAll("_", " ") },
      { title: "WHEN", cell: (vote) => vote.at },
      { title: "FROM", cell: (vote) => safeText(vote.from ?? "-") },
      { title: "OF", cell: (vote) => `${vote.digest.slice(0, 19)}…` },
      { title: "NOTE", cell: (vote) => safeText(vote.note ?? ""), cut: true },
    ],
  });
  return `${head}\n${table}`;
}

function decidedText({ decision, decidedBy, decidedAt, decidedFrom, note }: Approval): string | undefined {
  if (decidedAt === undefined) return undefined;
  const who =
    decidedBy === undefined ? "" : ` by ${safeText(decidedBy)}${decidedFrom === undefined ? "" : ` from ${safeText(decidedFrom)}`}`;
  return `${decision === undefined ? "" : `${decision.replaceAll("_", " ")} `}${ago(decidedAt)}${who}${note === undefined ? "" : `\n${safeText(note)}`}`;
}
