import { join } from "node:path";
import { AppError } from "@berth/kit/errors";
import { retry } from "@berth/kit/retry";
import type { RepoSource } from "@berth/toml-schema/app-config";
import type { Ctx } from "../context.ts";
import type { ResolvedSource } from "../db/schema.ts";
import { findCredential } from "../git/credentials/find.ts";
import type { GitCredential } from "../git/credentials/secret.ts";
import { chartTreeOf } from "../git/chart-tree.ts";
import { fetchCommit } from "../git/fetch-commit.ts";
import { checkDirectory } from "../git/ref.ts";
import { parseRepo, type RepoUrl } from "../git/repo-url.ts";
import { resolveRef } from "../git/resolve-ref.ts";
import { openGit, type GitSession } from "../git/session.ts";
import { treeOf } from "../git/tree-of.ts";
import { knownTrees, rememberTrees } from "./known-trees.ts";
import type { BuildTarget } from "./targets.ts";

/** A source that cannot be used, and whose it is. */
export type SourceProblem = { target: BuildTarget; message: string };

const repositoryBytes = 1024 ** 3;
const timeoutMs = 60_000;
const backoff = { baseMs: 250, capMs: 1000 };

/** A target with a git repository. */
type FromGit = BuildTarget & { repo: RepoSource };
type Wanted = { target: FromGit; repo: RepoUrl; directory: string; key: string };

/**
 * Looks up the commit and the directory's tree hash of every target from git: branch → commit → tree. One look at each repository and branch;
 * nothing is fetched for a commit whose directories are known already.
 * @returns the sources by target, and what is wrong with others (no such branch, directory, credential …)
 * @throws AppError `upstream_failed` where a host cannot be reached just now
 */
export async function resolveSources(input: {
  ctx: Ctx;
  targets: readonly BuildTarget[];
  signal?: AbortSignal | undefined;
}): Promise<{ sources: Map<string, ResolvedSource>; problems: SourceProblem[] }> {
  const { ctx } = input;
  const sources = new Map<string, ResolvedSource>();
  const problems: SourceProblem[] = [];
  const wanted: Wanted[] = [];
  for (const target of input.targets.filter(isFromGit)) {
    try {
      const repo = parseRepo(target.repo.repo, { allowLocal: ctx.system.settings.allowLocalRepos });
      const directory = checkDirectory(target.repo.directory);
      if (target.recipe.kind === "kustomize") checkDirectory(target.recipe.config.path);
      wanted.push({ target, repo, directory, key: treeKey(target, directory) });
    } catch (error) {
      problems.push({ target, message: refusalOf(error) });
    }
  }

  const groups = Map.groupBy(wanted, ({ repo, target }) => JSON.stringify([repo.url, target.repo.kind, target.repo.branch]));
  await Promise.all(
    [...groups.values()].map(async (group) => {
      try {
        await resolveGroup({ ctx, group, sources, problems, signal: input.signal });
      } catch (error) {
        const message = refusalOf(error);
        problems.push(...group.filter(({ target }) => !sources.has(target.target)).map(({ target }) => ({ target, message })));
      }
    }),
  );
  return { sources, problems };
}

/** Targets of one repository at one branch. */
async function resolveGroup(input: {
  ctx: Ctx;
  group: Wanted[];
  sources: Map<string, ResolvedSource>;
  problems: SourceProblem[];
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { ctx, group } = input;
  const { repo, target: first } = group[0]!;
  const { branch } = first.repo;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = input.signal ? AbortSignal.any([input.signal, limit]) : limit;
  try {
    await using git = await openGit({
      repo,
      settings: ctx.system.settings,
      dir: join(ctx.system.settings.dataDir, "git"),
      credential: await credentialFor(ctx, first, repo),
    });
    const commit = await patiently(() => resolveRef(git, branch, signal), signal);
    const trees = await knownTrees({ ctx, repo: repo.url, commit });
    const missing = group.filter(({ key }) => !trees.has(key));
    if (missing.length > 0) {
      await fetchTrees({ git, commit, ref: branch, signal });
      for (const { target, directory, key } of missing) {
        try {
          const treeOfTarget = target.recipe.kind === "helm_chart" ? chartTreeOf : treeOf;
          trees.set(key, await treeOfTarget(git, { commit, directory }, signal));
        } catch (error) {
          input.problems.push({ target, message: refusalOf(error) });
        }
      }
      await rememberTrees({ ctx, repo: repo.url, commit, trees });
    }
    for (const { target, directory, key } of group) {
      const tree = trees.get(key);
      if (tree !== undefined) input.sources.set(target.target, { repo: repo.url, directory, ref: branch, commit, tree });
    }
  } catch (error) {
    if (limit.aborted)
      throw new AppError("upstream_failed", `${repo.url} did not answer within ${timeoutMs / 1000} s`, { transient: true });
    throw error;
  }
}

/** What a tree is remembered by: a chart's is not only that of its directory. */
function treeKey(target: FromGit, directory: string): string {
  return target.recipe.kind === "helm_chart" ? join(directory, "Chart.yaml") : directory;
}

async function fetchTrees(input: { git: GitSession; commit: string; ref: string; signal: AbortSignal }): Promise<void> {
  // Not tried again: a half-made repository is in the way, and the caller's next sync costs the same.
  await fetchCommit({ ...input, filesToo: false, maxBytes: repositoryBytes });
}

function isFromGit(target: BuildTarget): target is FromGit {
  return target.repo !== undefined;
}

/** The credential of a connected repository. @throws AppError `unprocessable` where the org has none for it */
export async function credentialFor(ctx: Ctx, target: { repo: RepoSource }, repo: RepoUrl): Promise<GitCredential | undefined> {
  if (target.repo.kind === "public" || repo.scheme === "file") return undefined;
  const credential = await findCredential({ ctx, repo });
  if (!credential) {
    throw new AppError(
      "unprocessable",
      `${repo.url} is a connected_repo, but the organisation has no git credential for it; create one for this URL or its host`,
    );
  }
  return credential;
}

function patiently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const retryable = (error: unknown): boolean => error instanceof AppError && error.meta["transient"] === true;
  return retry(work, { tries: 3, backoff, retryable, signal });
}

/** The message of an error that the config's author can do something about. @throws every other one */
function refusalOf(error: unknown): string {
  if (error instanceof AppError) {
    if (error.code === "unprocessable" || error.code === "too_large") return error.message;
    if (error.code === "upstream_failed" && error.meta["transient"] === false) return error.message;
  }
  throw error;
}
