import { AppError } from "@berth/kit/errors";
import { checkDirectory } from "./ref.ts";
import type { GitSession } from "./session.ts";

/**
 * The hash of a directory at a fetched commit: equal trees have equal files. Symbolic links on the way are not followed.
 * @throws AppError `unprocessable` where there is no such directory
 */
export async function treeOf(git: GitSession, input: { commit: string; directory: string }, signal?: AbortSignal): Promise<string> {
  const directory = checkDirectory(input.directory);
  if (directory === "") return (await git.run(["rev-parse", "--verify", "--end-of-options", `${input.commit}^{tree}`], signal)).trim();
  const listed = await git.run(["ls-tree", "-z", "--full-tree", input.commit, "--", directory], signal);
  const entry = /^(\d{6}) (\w+) ([0-9a-f]{40})\t/.exec(listed);
  if (entry?.[2] === "tree") return entry[3]!;
  const why = entry === null ? "does not exist" : entry[1] === "160000" ? "is a submodule, which is not fetched" : "is not a directory";
  throw new AppError("unprocessable", `"${directory}" ${why} in ${git.repo.url} at ${input.commit.slice(0, 10)}`);
}
