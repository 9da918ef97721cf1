import { simpleGit } from "simple-git";
import type { Home } from "./starter-app.ts";

/** Where a directory lies in its git repository, and where others find that: without `repo` where it has no remote that they can reach. */
export async function findHome(dir: string): Promise<Partial<Home>> {
  try {
    const git = simpleGit({ baseDir: dir });
    const prefix = (await git.revparse(["--show-prefix"])).trim();
    const branch = (await git.raw(["symbolic-ref", "--short", "HEAD"])).trim();
    const remotes = await git.getRemotes(true);
    const remote = remotes.find(({ name }) => name === "origin") ?? remotes[0];
    const repo = repoOf(remote?.refs.fetch ?? "");
    return { prefix, branch, ...(repo === undefined ? {} : { repo }) };
  } catch {
    // No git, no repository, no branch: a person fills it in.
    return {};
  }
}

/** A remote's address as an app names it, without credentials: `owner/name` on GitHub, an https or ssh URL elsewhere. */
export function repoOf(remote: string): string | undefined {
  const scp = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)([\w./~-]+)$/.exec(remote);
  const address = scp ? `ssh://${scp[1] ?? "git"}@${scp[2]}/${scp[3]}` : remote;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "ssh:") return undefined;
  const path = url.pathname.replace(/^\/+/, "").replace(/\.git\/?$/, "");
  if (url.hostname === "github.com" && /^[\w.-]+\/[\w.-]+$/.test(path)) return path;
  url.password = "";
  if (url.protocol === "https:") url.username = "";
  return url.href;
}
