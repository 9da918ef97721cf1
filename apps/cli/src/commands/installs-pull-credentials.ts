import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";

const ofApp = ["--app <app>", "where several apps have an install of this name"] as const;

/** `berth installs pull-credentials`: what a customer's cluster pulls an install's images with. */
export function addPullCredentials(program: Program, installs: Parameters<typeof addCommand>[1]): void {
  const summary = "Credentials that pull an install's images from Berth's registry";
  const group = installs.command("pull-credentials").summary(summary).description(summary).helpCommand(false);
  addCommand<{ app?: string; limit: string }>(program, group, {
    name: "list <install>",
    summary: "List pull credentials, newest first",
    options: [ofApp, ["--limit <n>", "at most so many", "50"]],
    async run({ cli, args: [install = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const found = await collect(client.pages("installs.pullCredentials.list", { params: { installId } }), limitOf(options.limit));
      const state = (item: (typeof found)[number]): string =>
        item.revokedAt ? "revoked" : item.expiresAt && Date.parse(item.expiresAt) <= Date.now() ? "expired" : "usable";
      cli.list(
        found,
        [
          { title: "ID", cell: (item) => item.id },
          { title: "NAME", cell: (item) => safeText(item.name), cut: true },
          { title: "FOR", cell: (item) => (item.kind === "cluster" ? "the secret berth-registry" : "a person") },
          { title: "STATE", cell: state },
          { title: "CREATED", cell: (item) => ago(item.createdAt) },
          { title: "EXPIRES", cell: (item) => (item.expiresAt ? ago(item.expiresAt) : "never") },
          { title: "LAST USED", cell: (item) => ago(item.lastUsedAt) },
        ],
        "There are no pull credentials.",
      );
    },
  });
  addCommand<{ app?: string; expiresInDays?: string; dockerConfig?: boolean }>(program, group, {
    name: "create <install> <name>",
    summary: "Make a pull credential; its password is shown once",
    options: [
      ofApp,
      ["--expires-in-days <n>", "left out: it does not expire"],
      ["--docker-config", "print the content of a Docker config.json instead"],
    ],
    examples: ["installs pull-credentials create acme nodes", "installs pull-credentials create acme nodes --docker-config > config.json"],
    async run({ cli, args: [install = "", name = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const days = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
      if (days !== undefined && !Number.isInteger(days))
        throw new InvalidInput(`--expires-in-days takes a whole number, not "${options.expiresInDays}"`);
      const made = await client.call("installs.pullCredentials.create", {
        params: { installId },
        body: { name, ...(days === undefined ? {} : { expiresInDays: days }) },
      });
      cli.show(made, () => (options.dockerConfig ? `${made.dockerConfig}\n` : `${made.password}\n`));
      if (!cli.json)
        cli.io.err(
          cli.io.colors.dim(
            `Pull credential ${made.credential.id} for ${safeText(made.server)}, user ${made.username}. It is shown this once: store it now.\n`,
          ),
        );
    },
  });
  addCommand<{ app?: string }>(program, group, {
    name: "revoke <install> <credential>",
    summary: "End a pull credential (by id or name), at once and for good",
    options: [ofApp],
    async run({ cli, args: [install = "", text = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install, app: options.app });
      const all = await collect(client.pages("installs.pullCredentials.list", { params: { installId }, query: { limit: 200 } }), 10_000);
      const found = all.filter((item) => item.id === text || (item.name === text && !item.revokedAt));
      if (found.length > 1)
        throw new InvalidInput(
          `${found.length} pull credentials are named "${text}": ${found.map((item) => item.id).join(", ")}. Give the id.`,
        );
      if (!found[0]) throw new NotFound(`The install has no pull credential "${text}".`);
      const { id } = found[0];
      await client.call("installs.pullCredentials.revoke", { params: { installId, credentialId: id } });
      cli.show({ revoked: id }, () => `Revoked ${id}.\n`);
    },
  });
}
