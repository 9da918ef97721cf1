import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { NotFound } from "../not-found.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";
import { collect, limitOf } from "../resolve/collect.ts";

export function addTokens(program: Program): void {
  const group = addGroup(program, "tokens", "API tokens of the organisation");
  addCommand<{ limit: string }>(program, group, {
    name: "list",
    summary: "List tokens, newest first",
    options: [["--limit <n>", "at most so many", "50"]],
    async run({ cli, options }) {
      const tokens = await collect((await cli.client()).pages("tokens.list"), limitOf(options.limit));
      const state = (token: (typeof tokens)[number]): string =>
        token.revokedAt ? "revoked" : token.expiresAt && Date.parse(token.expiresAt) <= Date.now() ? "expired" : "usable";
      cli.list(
        tokens,
        [
          { title: "ID", cell: (token) => token.id },
          { title: "NAME", cell: (token) => safeText(token.name), cut: true },
          { title: "STATE", cell: state },
          { title: "CREATED", cell: (token) => ago(token.createdAt) },
          { title: "EXPIRES", cell: (token) => (token.expiresAt ? ago(token.expiresAt) : "never") },
          { title: "LAST USED", cell: (token) => ago(token.lastUsedAt) },
        ],
        "There are no tokens.",
      );
    },
  });
  addCommand<{ expiresInDays?: string }>(program, group, {
    name: "create <name>",
    summary: "Make a token; it is shown once",
    options: [["--expires-in-days <n>", "left out: it does not expire"]],
    examples: ["tokens create ci --expires-in-days 90", "--json tokens create ci | jq -r .secret"],
    async run({ cli, args: [name = ""], options }) {
      const days = options.expiresInDays === undefined ? undefined : Number(options.expiresInDays);
      if (days !== undefined && !Number.isInteger(days))
        throw new InvalidInput(`--expires-in-days takes a whole number, not "${options.expiresInDays}"`);
      const made = await (
        await cli.client()
      ).call("tokens.create", { body: { name, ...(days === undefined ? {} : { expiresInDays: days }) } });
      cli.show(made, () => `${made.secret}\n`);
      if (!cli.json) cli.io.err(cli.io.colors.dim(`Token ${made.token.id}. It is shown this once: store it now.\n`));
    },
  });
  addCommand(program, group, {
    name: "revoke <token>",
    summary: "End a token (by id or name), at once and for good",
    async run({ cli, args: [text = ""] }) {
      const client = await cli.client();
      const all = await collect(client.pages("tokens.list", { query: { limit: 200 } }), 10_000);
      const found = all.filter((token) => token.id === text || (token.name === text && !token.revokedAt));
      if (found.length > 1)
        throw new InvalidInput(`${found.length} tokens are named "${text}": ${found.map((token) => token.id).join(", ")}. Give the id.`);
      if (!found[0]) throw new NotFound(`There is no token "${text}".`);
      await client.call("tokens.revoke", { params: { tokenId: found[0].id } });
      cli.show({ revoked: found[0].id }, () => `Revoked ${found[0]?.id}.\n`);
    },
  });
}
