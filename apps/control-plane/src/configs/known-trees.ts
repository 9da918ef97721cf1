import type { Ctx } from "../context.ts";

type Place = { ctx: Ctx; repo: string; commit: string };

/** Tree hashes by directory that are known of a commit. They never change. */
export async function knownTrees({ ctx, repo, commit }: Place): Promise<Map<string, string>> {
  const rows = await ctx.db
    .selectFrom("git_trees")
    .select(["directory", "tree"])
    .where("org_id", "=", ctx.orgId)
    .where("repo", "=", repo)
    .where("commit", "=", commit)
    .execute();
  return new Map(rows.map(({ directory, tree }) => [directory, tree]));
}

/** Keeps tree hashes for the next sync. */
export async function rememberTrees({ ctx, repo, commit, trees }: Place & { trees: ReadonlyMap<string, string> }): Promise<void> {
  const rows = [...trees].map(([directory, tree]) => ({ org_id: ctx.orgId, repo, commit, directory, tree }));
  if (rows.length === 0) return;
  await ctx.db
    .insertInto("git_trees")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
