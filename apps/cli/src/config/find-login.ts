import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidInput } from "../invalid-input.ts";
import type { Io } from "../io.ts";
import { readLogins, type Login } from "./login-file.ts";

/**
 * The control plane to talk to and the token for it, from the first place that has both:
 * BERTH_URL and BERTH_TOKEN · `.berth/cli.json` in this directory or one above · what `berth login` stored (of `org`, or of the last login).
 * @throws InvalidInput that lists the ways to log in
 */
export async function findLogin(io: Pick<Io, "env" | "cwd">, org?: string): Promise<Login> {
  const { BERTH_URL: url, BERTH_TOKEN: token } = io.env;
  if (url && token) return { url, token };
  // Half of a pair is not completed from elsewhere: that would send a token to a stranger, or a stranger's token to you.
  if (url || token)
    throw new InvalidInput(
      `${url ? "BERTH_URL" : "BERTH_TOKEN"} is set, but ${url ? "BERTH_TOKEN" : "BERTH_URL"} is not. Set both, or neither.`,
    );
  const local = org === undefined ? await findLocal(io.cwd) : undefined;
  if (local) return local;
  const logins = await readLogins(io.env);
  const name = org ?? logins.current;
  const found = name === undefined ? undefined : logins.orgs[name];
  if (found) return found;
  const known = Object.keys(logins.orgs);
  if (org !== undefined)
    throw new InvalidInput(
      `You are not logged in to "${org}"${known.length > 0 ? `, only to ${known.join(", ")}` : ""}. Run \`berth login --url <control plane> --token <token>\`.`,
    );
  throw new InvalidInput(
    "You are not logged in. Run `berth login --url <control plane> --token <token>`, or set BERTH_URL and BERTH_TOKEN.",
  );
}

/** A local control plane started in this directory or one above leaves its URL and token there. Only a file that nobody else can read counts. */
async function findLocal(from: string): Promise<Login | undefined> {
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, ".berth", "cli.json");
    const facts = await stat(path).catch(() => undefined);
    // A clone or an unpacked archive makes files others can read: such a one is not the work of a local control plane.
    if (facts?.isFile() && (facts.mode & 0o077) === 0 && (process.getuid === undefined || facts.uid === process.getuid())) {
      const { url, token } = JSON.parse(await readFile(path, "utf8")) as Partial<Login>;
      if (typeof url === "string" && typeof token === "string") return { url, token };
    }
    if (dirname(dir) === dir) return undefined;
  }
}
