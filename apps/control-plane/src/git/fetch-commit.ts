import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { refusesCommits } from "./explain-error.ts";
import { checkRef, isCommit } from "./ref.ts";
import type { GitSession } from "./session.ts";

const checkEveryMs = 200;

/**
 * Fetches one commit without its history into the session's directory; the whole branch only where the server gives out no single commits.
 * @param input.ref where the commit was found, for such servers
 * @param input.filesToo false leaves out the contents of files where the server can do that: enough to compare directories
 * @throws AppError `too_large` beyond `maxBytes` of compressed objects, `unprocessable` where the commit is not to be had any more
 */
export async function fetchCommit(input: {
  git: GitSession;
  commit: string;
  ref: string;
  filesToo: boolean;
  maxBytes: number;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { git, commit, maxBytes } = input;
  if (!isCommit(commit)) throw new AppError("unprocessable", `${JSON.stringify(commit.slice(0, 60))} is not a full commit id`);
  const ref = checkRef(input.ref);
  const filter = input.filesToo ? [] : ["--filter=blob:none"];
  const options = ["--quiet", "--no-tags", "--no-recurse-submodules"];
  await git.run(["init", "--quiet"], input.signal);
  await git.run(["remote", "add", "--", "origin", git.repo.url], input.signal);

  using watch = watchSize(join(git.dir, ".git", "objects", "pack"), maxBytes, git.repo.url);
  const signal = input.signal ? AbortSignal.any([input.signal, watch.signal]) : watch.signal;
  try {
    await git.run(["fetch", ...options, "--depth=1", ...filter, "--", "origin", commit], signal);
  } catch (error) {
    if (!refusesCommits(error)) throw error;
    // A commit id as ref cannot be fetched by name; the branches that can are all that is left.
    await git.run(["fetch", ...options, ...filter, "--", "origin", isCommit(ref) ? "+refs/heads/*:refs/remotes/origin/*" : ref], signal);
  }
  await watch.check();
  const type = await git.run(["cat-file", "-t", commit], signal).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "upstream_failed") return "";
    throw error;
  });
  if (type.trim() !== "commit") {
    throw new AppError(
      "unprocessable",
      `Commit ${commit} is not to be had from ${git.repo.url}; it may have been rewritten since. Sync again.`,
    );
  }
}

/** Watches a directory grow and aborts its signal beyond the limit; `check` looks once more. */
function watchSize(dir: string, maxBytes: number, url: string): Disposable & { signal: AbortSignal; check(): Promise<void> } {
  const over = new AbortController();
  const limit = { limit: "repositoryBytes", value: maxBytes };
  async function check(): Promise<void> {
    if ((await sizeOf(dir)) <= maxBytes) return;
    over.abort(new AppError("too_large", `${url} is larger than ${maxBytes} bytes, the limit for a source repository`, limit));
  }
  const timer = setInterval(() => void check(), checkEveryMs);
  return { signal: over.signal, check, [Symbol.dispose]: () => clearInterval(timer) };
}

async function sizeOf(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
