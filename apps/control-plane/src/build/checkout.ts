import { AppError } from "@berth/kit/errors";
import type { GitSession } from "../git/session.ts";

/** Most files and bytes that are written to disk for one build. */
export const checkoutLimits = { files: 50_000, bytes: 1024 ** 3 };

/**
 * Puts the files of a fetched tree, and nothing else, into the session's directory. Attributes files above the tree play no part, so what comes
 * out depends on the tree alone. Counted before anything is written: a small pack can hold very large files.
 * @returns number of files and their bytes, and the submodules that were left out
 * @throws AppError `too_large` that names the limit
 */
export async function checkoutTree(
  git: GitSession,
  tree: string,
  signal?: AbortSignal,
): Promise<{ files: number; bytes: number; submodules: string[] }> {
  const listed = await git.run(["ls-tree", "-r", "-l", "-z", "--full-tree", tree], signal);
  let files = 0;
  let bytes = 0;
  const submodules: string[] = [];
  for (const line of listed.split("\0")) {
    const entry = /^(\d{6}) \w+ [0-9a-f]+ +(\d+|-)\t(.*)$/s.exec(line);
    if (!entry) continue;
    if (entry[1] === "160000") submodules.push(entry[3]!);
    else {
      files += 1;
      bytes += Number(entry[2]);
    }
  }
  const { files: mostFiles, bytes: mostBytes } = checkoutLimits;
  if (files > mostFiles)
    throw new AppError("too_large", `The source directory has ${files} files, more than ${mostFiles}`, {
      limit: "files",
      value: mostFiles,
    });
  if (bytes > mostBytes)
    throw new AppError("too_large", `The source directory has ${bytes} bytes, more than ${mostBytes}`, {
      limit: "bytes",
      value: mostBytes,
    });
  await git.run(["read-tree", "--reset", "-u", tree], signal);
  return { files, bytes, submodules };
}
