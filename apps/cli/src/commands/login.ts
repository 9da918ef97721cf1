import { createClient } from "@berth/api/client";
import { addCommand, type Program } from "../command.ts";
import { loginPath, readLogins, writeLogins } from "../config/login-file.ts";
import { InvalidInput } from "../invalid-input.ts";

export function addLogin(program: Program): void {
  addCommand<{ url: string; token?: string }>(program, program.root, {
    name: "login",
    summary: "Store a control plane's URL and an API token",
    options: [
      ["--url <url>", "the control plane, e.g. https://berth.example.com"],
      ["--token <token>", "an API token; without it, it is read from standard input"],
    ],
    examples: ["login --url https://berth.example.com < token.txt", "login --url http://127.0.0.1:8080 --token brt_…"],
    async run({ cli, options }) {
      if (!options.url || !URL.canParse(options.url))
        throw new InvalidInput("Give the control plane's address with --url, e.g. --url https://berth.example.com");
      const token = (options.token ?? (await askToken(cli.io))).trim();
      if (token === "") throw new InvalidInput("The token is empty.");
      const url = options.url.replace(/\/+$/, "");
      const { org } = await createClient({ url, token }).call("orgs.current");
      const logins = await readLogins(cli.io.env);
      await writeLogins(cli.io.env, { current: org.name, orgs: { ...logins.orgs, [org.name]: { url, token } } });
      cli.show(
        { org: org.name, url },
        () => `Logged in to ${cli.io.colors.bold(org.name)} at ${url}. Stored in ${loginPath(cli.io.env)}.\n`,
      );
    },
  });

  addCommand(program, program.root, {
    name: "logout",
    summary: "Forget the stored login that is in use (or that of --org)",
    async run({ cli }) {
      const logins = await readLogins(cli.io.env);
      const name = program.root.opts<{ org?: string }>().org ?? logins.current;
      const orgs = Object.fromEntries(Object.entries(logins.orgs).filter(([each]) => each !== name));
      const current = Object.keys(orgs)[0];
      await writeLogins(cli.io.env, { orgs, ...(current === undefined ? {} : { current }) });
      cli.show({ forgot: name }, () =>
        name === undefined
          ? "There was no login.\n"
          : `Forgot the login of ${name}. The token itself is still good: \`berth tokens revoke\` ends it.\n`,
      );
    },
  });

  addCommand(program, program.root, {
    name: "whoami",
    summary: "The organisation and control plane commands go to",
    async run({ cli }) {
      const client = await cli.client();
      const { org, token } = await client.call("orgs.current");
      cli.show({ url: client.url, org, token }, () => `${cli.io.colors.bold(org.name)} at ${client.url}, with the token "${token.name}"\n`);
    },
  });
}

async function askToken(io: {
  interactive: boolean;
  ask: (question: string) => Promise<string | undefined>;
  readInput: (max: number) => Promise<string>;
}) {
  return io.interactive ? ((await io.ask("API token: ")) ?? "") : io.readInput(1000);
}
