import { addCommand, addGroup, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { showPreview } from "../watch/show-preview.ts";

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
          {
            title: "WHAT",
            cell: (item) =>
              item.kind === "outputs"
                ? "outputs only"
                : `+${item.plan?.create ?? 0} ~${item.plan?.update ?? 0} -/+${item.plan?.replace ?? 0} -${item.plan?.delete ?? 0}`,
          },
          { title: "SINCE", cell: (item) => ago(item.detectedAt) },
          { title: "CHECKED", cell: (item) => ago(item.checkedAt) },
          { title: "CHECK", cell: (item) => item.workflowId ?? "-" },
          { title: "PUT BACK BY", cell: (item) => item.remediationId ?? item.clearedBy ?? "-", cut: true },
        ],
        "No drift is known. `berth drift check <install>` looks for it.",
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
