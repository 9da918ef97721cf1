import { addCommand, addGroup, type Program } from "../command.ts";
import { safeLines, safeText } from "../output/safe-text.ts";
import { resolveInstall } from "../resolve/install.ts";
import { parsePairs } from "../resolve/pairs.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { showPreview } from "../watch/show-preview.ts";

type RunOptions = FollowOptions & { input?: string[]; skip?: string[]; planOnly?: boolean; yes?: boolean; preview?: boolean };

export function addRunbooks(program: Program): void {
  const group = addGroup(program, "runbooks", "Several steps that a person starts as one");
  addCommand(program, group, {
    name: "list <install>",
    summary: "List the runbooks an install can run, with their inputs and steps",
    async run({ cli, args: [install = ""] }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const { items } = await client.call("runbooks.list", { params: { installId: id } });
      cli.list(
        items,
        [
          { title: "RUNBOOK", cell: (item) => safeText(item.name), cut: true },
          {
            title: "INPUTS",
            cell: (item) => safeText(item.inputs.map((each) => `${each.name}${each.required ? "*" : ""}`).join(", ")),
            cut: true,
          },
          { title: "STEPS", cell: (item) => safeText(item.steps.map((each) => `${each.name}: ${each.does}`).join("; ")), cut: true },
          { title: "ABOUT", cell: (item) => safeText(item.description ?? ""), cut: true },
        ],
        "The app has no runbooks.",
      );
    },
  });
  addCommand(program, group, {
    name: "readme <install> <runbook>",
    summary: "Print a runbook's README, rendered for the install",
    async run({ cli, args: [install = "", runbook = ""] }) {
      const client = await cli.client();
      const { id } = await resolveInstall(client, { install });
      const readme = await client.call("runbooks.readme", { params: { installId: id, runbook } });
      cli.show(readme, () => `${safeLines(readme.markdown).trimEnd()}\n`);
    },
  });
  addCommand<RunOptions>(program, group, {
    name: "run <install> <runbook>",
    summary: "Do the steps of a runbook, one after the other",
    options: [
      ["--input <name=value...>", "values of its inputs; `name=@file` takes a file's text"],
      ["--skip <step...>", "leave out these steps, by name"],
      ["--plan-only", "make the plans, apply none and run no action"],
      ["--yes", "approve every plan of this workflow"],
      ["--preview", "only show the steps it would have"],
      ...followOptions,
    ],
    examples: ["runbooks run acme rotate --input days=30", 'runbooks run acme rotate --skip "Notify" --preview'],
    async run({ cli, args: [install = "", runbook = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const body = {
        operation: {
          type: "runbook_run" as const,
          runbook,
          inputs: parsePairs(options.input ?? [], cli.io.cwd),
          skip: options.skip ?? [],
        },
        planOnly: options.planOnly ?? false,
        approveAll: options.yes ?? false,
      };
      if (options.preview) return showPreview(cli, { installId, body });
      const workflow = await client.call("workflows.start", { params: { installId }, body });
      return followWorkflow(cli, { workflowId: workflow.id, options, result: workflow });
    },
  });
}
