import { addCommand, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect } from "../resolve/collect.ts";
import { resolveInstall } from "../resolve/install.ts";

/** Tokens with which a customer sees one install and decides on its plans: `berth installs customer-tokens …`. */
export function addCustomerTokens(program: Program, installs: Parameters<typeof addCommand>[1]): void {
  const summary = "Tokens with which a customer sees one install and decides on its plans";
  const group = installs.command("customer-tokens").summary(summary).description(summary).helpCommand(false);
  addCommand<{ expiresInDays?: string }>(program, group, {
    name: "create <install> <name>",
    summary: "Make a token for the customer of an install; it is shown once",
    options: [["--expires-in-days <n>", "left out: it does not expire"]],
    examples: ["installs customer-tokens create acme 'Acme operations' --expires-in-days 365"],
    async run({ cli, args: [install = "", name = ""], options }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const days = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
      if (days !== undefined && !Number.isInteger(days))
        throw new InvalidInput(`--expires-in-days takes a whole number, not "${options.expiresInDays}"`);
      const made = await client.call("installs.customerTokens.create", {
        params: { installId },
        body: { name, ...(days === undefined ? {} : { expiresInDays: days }) },
      });
      cli.show(made, () => `${made.secret}\n`);
      if (!cli.json)
        cli.io.err(
          cli.io.colors.dim(`Token ${made.token.id}. It is shown this once; \`berth installs customer-tokens revoke\` ends it.\n`),
        );
    },
  });
  addCommand(program, group, {
    name: "list <install>",
    summary: "List the tokens of an install's customer, newest first",
    async run({ cli, args: [install = ""] }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const all = await collect(client.pages("tokens.list", { query: { limit: 200 } }), 10_000);
      cli.list(
        all.filter((token) => token.installId === installId),
        [
          { title: "ID", cell: (token) => token.id },
          { title: "NAME", cell: (token) => safeText(token.name), cut: true },
          { title: "STATE", cell: (token) => (token.revokedAt ? "revoked" : isOver(token.expiresAt) ? "expired" : "usable") },
          { title: "CREATED", cell: (token) => ago(token.createdAt) },
          { title: "LAST USED", cell: (token) => ago(token.lastUsedAt) },
        ],
        "The customer has no token.",
      );
    },
  });
  addCommand(program, group, {
    name: "revoke <install> <token>",
    summary: "End a customer's token (by id or name), at once and for good",
    async run({ cli, args: [install = "", text = ""] }) {
      const client = await cli.client();
      const { id: installId } = await resolveInstall(client, { install });
      const all = await collect(client.pages("tokens.list", { query: { limit: 200 } }), 10_000);
      const [found, another] = all.filter(
        (token) => token.installId === installId && (token.id === text || (token.name === text && !token.revokedAt)),
      );
      if (!found) throw new NotFound(`The install has no customer's token "${text}".`);
      if (another) throw new InvalidInput(`Several tokens are named "${text}". Give the id.`);
      await client.call("tokens.revoke", { params: { tokenId: found.id } });
      cli.show({ revoked: found.id }, () => `Revoked ${found.id}.\n`);
    },
  });
}

function isOver(expiresAt: string | undefined): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
}
