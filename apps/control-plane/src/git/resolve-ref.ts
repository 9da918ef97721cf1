import { AppError } from "@berth/kit/errors";
import { checkRef, isCommit } from "./ref.ts";
import type { GitSession } from "./session.ts";

/**
 * The commit that a branch, a tag (branch first) or a full commit id stands for now. Asks the server for names only.
 * @throws AppError `unprocessable` where the repository has no such branch or tag, `upstream_failed` where it cannot be reached
 */
export async function resolveRef(git: GitSession, ref: string, signal?: AbortSignal): Promise<string> {
  checkRef(ref);
  if (isCommit(ref)) return ref;
  // The peeled form of an annotated tag is the commit; the tag itself is an object of its own.
  const wanted = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, ...(ref === "HEAD" ? ["HEAD"] : [])];
  const listed = await git.run(["ls-remote", "--quiet", "--", git.repo.url, ...wanted], signal);
  const byName = new Map<string, string>();
  for (const line of listed.split("\n")) {
    const [commit, name] = line.split("\t");
    if (commit && name && isCommit(commit)) byName.set(name, commit);
  }
  for (const name of wanted) {
    const commit = byName.get(name);
    if (commit) return commit;
  }
  throw new AppError("unprocessable", `${git.repo.url} has no branch or tag "${ref}"`);
}
