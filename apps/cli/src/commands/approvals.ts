import { addCommand, addGroup, type Program } from "../command.ts";
import { safeText } from "../output/safe-text.ts";
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
          { title: "WORKFLOW", cell: (item) => item.workflowId },
          { title: "STEP", cell: (item) => safeText(item.stepKey), cut: true },
          { title: "STATE", cell: (item) => item.state },
          { title: "CREATE", cell: (item) => String(item.plan?.create ?? "") },
          { title: "CHANGE", cell: (item) => String(item.plan?.update ?? "") },
          { title: "REPLACE", cell: (item) => String(item.plan?.replace ?? "") },
          { title: "DESTROY", cell: (item) => String(item.plan?.delete ?? "") },
          { title: "SINCE", cell: (item) => ago(item.createdAt) },
        ],
        "No plan waits for a decision.",
      );
    },
  });
}
