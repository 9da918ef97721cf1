import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Io } from "../io.ts";

const login = z.object({ url: z.string(), token: z.string() });
const file = z.object({ current: z.string().optional(), orgs: z.record(z.string(), login) });

/** A control plane and a token for it. They belong together: a token is never sent to a URL that came from elsewhere. */
export type Login = z.infer<typeof login>;
/** What `berth login` has stored, by org. */
export type LoginFile = z.infer<typeof file>;

/** Where logins are kept: `$XDG_CONFIG_HOME/berth/logins.json`. */
export function loginPath(env: Io["env"]): string {
  const base = env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? ".", ".config");
  return join(base, "berth", "logins.json");
}

/** The stored logins; none where there is no file. @throws Error when the file is not one that this program wrote */
export async function readLogins(env: Io["env"]): Promise<LoginFile> {
  const path = loginPath(env);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (text === undefined) return { orgs: {} };
  try {
    return file.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} is not a login file. Remove it and run \`berth login\` again.`);
  }
}

/** Replaces the stored logins, readable by this user alone. */
export async function writeLogins(env: Io["env"], content: LoginFile): Promise<void> {
  const path = loginPath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}
