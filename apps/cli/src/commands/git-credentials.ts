import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { addCommand, addGroup, type Program } from "../command.ts";
import { InvalidInput } from "../invalid-input.ts";
import { safeText } from "../output/safe-text.ts";
import { ago } from "../output/time.ts";

type CreateOptions = { username?: string; keyFile?: string; knownHosts?: string };

export function addGitCredentials(program: Program): void {
  const group = addGroup(program, "git-credentials", "What builds log in with at private repositories");
  addCommand(program, group, {
    name: "list",
    summary: "List credentials, without their secrets",
    async run({ cli }) {
      const { items } = await (await cli.client()).call("gitCredentials.list");
      cli.list(
        items,
        [
          { title: "ID", cell: (item) => item.id },
          { title: "FOR", cell: (item) => safeText(item.urlPrefix), cut: true },
          { title: "USER", cell: (item) => safeText(item.username), cut: true },
          { title: "KIND", cell: (item) => item.kind.replace("_", " ") },
          { title: "CREATED", cell: (item) => ago(item.createdAt) },
        ],
        "There are no git credentials. Public repositories need none.",
      );
    },
  });
  addCommand<CreateOptions>(program, group, {
    name: "create <url-prefix>",
    summary: "Store a credential for a repository URL and all below it",
    options: [
      ["--username <name>", "default: git"],
      ["--key-file <file>", "an SSH private key without a passphrase; otherwise a password or token is read from standard input"],
      ["--known-hosts <file>", "host keys that are accepted; otherwise the first one seen is kept"],
    ],
    examples: [
      "git-credentials create https://github.com/acme --username bot < token.txt",
      "git-credentials create ssh://git.acme.example --key-file deploy_key",
    ],
    async run({ cli, args: [urlPrefix = ""], options }) {
      const read = (file: string): Promise<string> =>
        readFile(resolve(cli.io.cwd, file), "utf8").catch((error: Error) => {
          throw new InvalidInput(`${file} cannot be read: ${error.message}`);
        });
      const secret = options.keyFile
        ? { privateKey: await read(options.keyFile) }
        : { password: (cli.io.interactive ? ((await cli.io.ask("Password or token: ")) ?? "") : await cli.io.readInput(10_000)).trim() };
      const made = await (
        await cli.client()
      ).call("gitCredentials.create", {
        body: {
          urlPrefix,
          ...secret,
          ...(options.username === undefined ? {} : { username: options.username }),
          ...(options.knownHosts === undefined ? {} : { knownHosts: await read(options.knownHosts) }),
        },
      });
      cli.show(made, () => `Stored ${made.id} for ${safeText(made.urlPrefix)}.\n`);
    },
  });
  addCommand(program, group, {
    name: "delete <id>",
    summary: "Forget a credential",
    async run({ cli, args: [credentialId = ""] }) {
      await (await cli.client()).call("gitCredentials.delete", { params: { credentialId } });
      cli.show({ deleted: credentialId }, () => `Forgot ${credentialId}.\n`);
    },
  });
}
