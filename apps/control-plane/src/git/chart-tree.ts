import { createHash } from "node:crypto";
import { posix } from "node:path";
import { AppError } from "@berth/kit/errors";
import { parse } from "yaml";
import { z } from "zod";
import type { GitSession } from "./session.ts";
import { treeOf } from "./tree-of.ts";

const list = z.looseObject({ dependencies: z.array(z.unknown()).nullish() });
const mostCharts = 100;

/**
 * The hash of what a Helm chart in a directory is made of: the directory's own, or where it depends on charts beside it (`file://…`) a hash over theirs, too.
 * A change in any of them is a change of the chart.
 * @throws AppError `unprocessable` where there is no such directory; what is wrong with the chart itself is for its build to say
 */
export async function chartTreeOf(git: GitSession, input: { commit: string; directory: string }, signal?: AbortSignal): Promise<string> {
  const { commit } = input;
  const own = await treeOf(git, input, signal);
  const trees = new Map<string, string>();
  const open = [input.directory];
  const seen = new Set(open);
  for (let directory = open.pop(); directory !== undefined && seen.size < mostCharts; directory = open.pop()) {
    for (const repository of await localDependencies(git, { commit, directory }, signal)) {
      const path = posix.join(directory, repository.slice("file://".length)).replace(/^\.$|\/$/g, "");
      if (path.startsWith("../") || path === ".." || path.startsWith("/") || seen.has(path)) continue;
      seen.add(path);
      open.push(path);
      if (path.startsWith(`${input.directory}/`)) continue;
      const tree = await treeOf(git, { commit, directory: path }, signal).catch(passOver);
      if (tree !== undefined) trees.set(path, tree);
    }
  }
  if (trees.size === 0) return own;
  const all = [own, ...[...trees].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, tree]) => `${tree} ${path}`)];
  return createHash("sha1").update(all.join("\n")).digest("hex");
}

async function localDependencies(git: GitSession, at: { commit: string; directory: string }, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for (const name of ["Chart.yaml", "requirements.yaml"]) {
    const path = posix.join(at.directory, name);
    const listed = await git.run(["ls-tree", "-z", "--full-tree", at.commit, "--", path], signal);
    const blob = /^100\d{3} blob ([0-9a-f]{40})\t/.exec(listed)?.[1];
    if (blob === undefined) continue;
    const text = await git.run(["cat-file", "blob", blob], signal);
    for (const one of list.safeParse(parseQuietly(text)).data?.dependencies ?? []) {
      const repository = (one as { repository?: unknown } | null)?.repository;
      if (typeof repository === "string" && repository.startsWith("file://")) found.push(repository.trim());
    }
  }
  return found;
}

function parseQuietly(text: string): unknown {
  try {
    return text.length > 1024 * 1024 ? undefined : parse(text, { maxAliasCount: 100, logLevel: "silent" });
  } catch {
    return undefined;
  }
}

function passOver(error: unknown): undefined {
  if (error instanceof AppError && error.code === "unprocessable") return undefined;
  throw error;
}
