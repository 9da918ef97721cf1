import type { driftSchema } from "@berth/api/contract/drift";
import type { z } from "zod";
import { addCommand, addGroup, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { showPreview } from "../watch/show-preview.ts";

type Drift = z.output<typeof driftSchema>;

/** In one cell what is different. */
function whatDrifted({ kind, plan }: Drift): string {
  if (kind === "outputs") return "outputs only";
  const { create = 0, update = 0, replace = 0, delete: removed = 0, drifted = 0 } = plan ?? {};
  // A release is put back to what it has: nothing of it is planned anew.
  if (create + update + replace + removed === 0) return `${drifted} to put back`;
  return `+${create} ~${update} -/+${replace} -${removed}`;
}

export function addDrift(program: Program): void {
  const group = addGroup(program, "drift", "What stands otherwise than it was deployed");
  addCommand<{ all?: boolean; limit: string }>(program, group, {
    name: "list [install]",
    summary: "List drift, newest first",
    options: [
      ["--all", "what was cleared too"],
      ["--limit <n>", "at most so many", "50"],
    ],
    async run({ cli, args: [install], options }) {
      const client = await cli.client();
      const installId = install === undefined ? undefined : (await resolveInstall(client, { install })).id;
      const query = { state: options.all ? ("all" as const) : ("open" as const), ...(installId === undefined ? {} : { installId }) };
      cli.list(
        await collect(client.pages("drift.list", { query }), limitOf(options.limit)),
        [
          { title: "INSTALL", cell: (item) => item.installId },
          { title: "TARGET", cell: (item) => safeText(item.target), cut: true },
          { title: "STATE", cell: (item) => item.state },
          { title: "WHAT", cell: whatDrifted },
          { title: "SINCE", cell: (item) => ago(item.detectedAt) },
          { title: "CHECKED", cell: (item) => ago(item.checkedAt) },
          { title: "CHECK", cell: (item) => item.workflowId ?? "-" },
          { title: "PUT BACK BY", cell: (item) => item.remediationId ?? item.clearedBy ?? "-", cut: true },
        ],
        "No drift is known. `berth drift check <install>` looks for it.",
      );
    },
  });
  addCommand<{ limit: string }>(program, group, {
    name: "schedules <install>",
    summary: "List when drift is looked for by itself, and what keeps a check waiting",
    options: [["--limit <n>", "at most so many", "50"]],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      cli.list(
        await collect(client.pages("drift.schedules.list", { params: { installId } }), limitOf(options.limit)),
        [
          { title: "TARGET", cell: (item) => safeText(item.target) },
          { title: "CRON (UTC)", cell: (item) => safeText(item.cron) },
          { title: "NEXT", cell: (item) => item.nextAt ?? "never" },
          { title: "LAST CHECK", cell: (item) => item.lastCheckId ?? "-" },
          { title: "HELD", cell: (item) => safeText(item.held ?? "-"), cut: true },
        ],
        "No drift is looked for by itself: `drift_schedule` in the sandbox's or a component's config asks for it.",
      );
    },
  });
  addCommand<FollowOptions & { preview?: boolean }>(program, group, {
    name: "check <install> [component...]",
    summary: "Plan what stands, as it was deployed, and record what is different; `sandbox` stands for the sandbox",
    options: [["--preview", "only show the steps it would have"], ...followOptions],
    examples: ["drift check acme", "drift check acme sandbox db --watch"],
    async run({ cli, args: [install = "", ...names], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const targets = names.map((name) => (name === "sandbox" ? name : `component:${name}`));
      const body = { operation: { type: "drift_check" as const, targets } };
      if (options.preview) return showPreview(cli, { installId, body });
      const workflow = await client.call("workflows.start", { params: { installId }, body });
      return followWorkflow(cli, { workflowId: workflow.id, options, result: workflow });
    },
  });
}
