import type { CallOutput } from "@berth/api/client";
import { addCommand, addGroup, type Program } from "../command.ts";
import { safeLines, safeText } from "../output/safe-text.ts";
import { stateColor } from "../output/state-color.ts";
import { ago } from "../output/time.ts";
import { resolveInstall } from "../resolve/install.ts";
import { followOptions, followWorkflow, type FollowOptions } from "../watch/follow-workflow.ts";
import { showPreview } from "../watch/show-preview.ts";

type Secret = CallOutput<"secrets.list">["items"][number];
const ofApp = ["--app <app>", "where several apps have an install of this name"] as const;

export function addSecrets(program: Program): void {
  const group = addGroup(program, "secrets", "Secrets that customers keep in their own account");
  addCommand<{ app?: string }>(program, group, {
    name: "list <install>",
    summary: "List an install's secrets: where each is kept and when it was synced, never a value",
    options: [ofApp],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const { items } = await client.call("secrets.list", { params: { installId } });
      cli.list(
        items,
        [
          { title: "SECRET", cell: (item) => safeText(item.name), cut: true },
          { title: "STATE", cell: (item) => stateColor(cli.io, item.state) },
          { title: "NEEDED", cell: neededAs },
          { title: "SOURCE", cell: (item) => (item.source ?? "-").replaceAll("_", " ") },
          { title: "SYNCED", cell: (item) => ago(item.syncedAt) },
          { title: "CHANGED", cell: (item) => ago(item.changedAt) },
          { title: "MARK", cell: (item) => safeText(item.digest?.split(":")[1]?.slice(0, 8) ?? "-") },
          { title: "GOES INTO", cell: (item) => safeText(item.targets.map(targetOf).join(", ") || "-"), cut: true },
        ],
        "The app has no secrets.",
      );
      if (cli.json) return;
      for (const { name, problem } of items) if (problem !== undefined) cli.io.err(`${safeText(name)}: ${safeLines(problem)}\n`);
      if (items.some(({ state }) => state === "unknown"))
        cli.io.err(
          cli.io.colors.dim(`Nobody has looked yet. \`berth secrets sync ${safeText(install)} --plan-only\` looks and changes nothing.\n`),
        );
    },
  });
  addCommand<FollowOptions & { app?: string; planOnly?: boolean; preview?: boolean; now?: string }>(program, group, {
    name: "sync <install>",
    summary: "Read the secrets where the customer keeps them, and write them into the cluster",
    options: [
      ofApp,
      ["--plan-only", "only look which are there and what would change"],
      ["--preview", "only show the steps it would have"],
      ["--now <why>", "don't wait for the install's maintenance window; the reason is kept"],
      ...followOptions,
    ],
    examples: ["secrets sync acme", "secrets sync acme --plan-only --watch"],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const body = {
        operation: { type: "secrets_sync" as const },
        planOnly: options.planOnly ?? false,
        ...(options.now === undefined ? {} : { now: options.now }),
      };
      if (options.preview) return showPreview(cli, { installId, body });
      const workflow = await client.call("workflows.start", { params: { installId }, body });
      return followWorkflow(cli, { workflowId: workflow.id, options, result: workflow });
    },
  });
}

function neededAs(secret: Secret): string {
  if (secret.required) return "required";
  if (secret.autoGenerate) return "generated";
  return secret.hasDefault ? "default" : "optional";
}

function targetOf({ namespace, name, key }: Secret["targets"][number]): string {
  return `${namespace}/${name}${key === "value" ? "" : `:${key}`}`;
}
