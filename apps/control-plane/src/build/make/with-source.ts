import { join } from "node:path";
import { parseRepo } from "../../git/repo-url.ts";
import { fetchCommit } from "../../git/fetch-commit.ts";
import { openGit } from "../../git/session.ts";
import { treeOf } from "../../git/tree-of.ts";
import { credentialFor } from "../../configs/resolve-sources.ts";
import type { ResolvedSource } from "../../db/schema.ts";
import { checkoutTree } from "../checkout.ts";
import type { MakeInput } from "./maker.ts";
import { patiently } from "./patiently.ts";

const repositoryBytes = 1024 ** 3;

/** The files of a build's source: `dir` is there until the work is done. */
export type SourceTree = { dir: string; source: ResolvedSource; tree: string; files: number; bytes: number };

/**
 * Fetches the source tree of a build and works on its files. What may pass by itself is tried again, work included, each time in a new directory.
 * @param input.directory what to check out instead of the source's directory
 * @throws AppError where the source is not to be had, or of the work
 */
export function withSource<T>(input: MakeInput, work: (tree: SourceTree) => Promise<T>, directory?: string): Promise<T> {
  const { ctx, build, say, onStage, signal } = input;
  const { source, target } = build;
  if (!source || !target.repo) throw new Error(`Build ${build.id} of ${target.target} has no source`);
  const settled = { ...target, repo: target.repo };
  return patiently(input, "to fetch the source", async (attempt) => {
    onStage("source");
    const { settings } = ctx.system;
    const repo = parseRepo(source.repo, { allowLocal: settings.allowLocalRepos });
    const credential = await credentialFor(ctx, settled, repo);
    await using git = await openGit({ repo, settings, dir: join(input.dir, `try-${attempt}`), credential });
    say(`Fetching ${source.repo} at ${source.commit} (${source.ref})`);
    await fetchCommit({ git, commit: source.commit, ref: source.ref, filesToo: true, maxBytes: repositoryBytes, signal });
    const tree = await treeOf(git, { commit: source.commit, directory: directory ?? source.directory }, signal);
    const { files, bytes, submodules } = await checkoutTree(git, tree, signal);
    if (submodules.length > 0) say(`Warning: submodules are not fetched: ${submodules.slice(0, 5).join(", ")}`);
    // Awaited here: the files go away when this returns.
    return await work({ dir: git.dir, source, tree, files, bytes });
  });
}
