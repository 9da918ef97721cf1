import type { Ctx } from "../../context.ts";
import type { RepoUrl } from "../repo-url.ts";
import { isUnder } from "./prefix.ts";
import { openSecret, type GitCredential } from "./secret.ts";

/** The org's credential for a repository: the one with the longest prefix that the URL lies under, or undefined. */
export async function findCredential({ ctx, repo }: { ctx: Ctx; repo: RepoUrl }): Promise<GitCredential | undefined> {
  if (repo.scheme === "file") return undefined;
  const rows = await ctx.db.selectFrom("git_credentials").selectAll().where("org_id", "=", ctx.orgId).execute();
  const [best] = rows.filter((row) => isUnder(repo.url, row.url_prefix)).toSorted((a, b) => b.url_prefix.length - a.url_prefix.length);
  if (!best) return undefined;
  return { id: best.id, username: best.username, secret: openSecret(ctx.system.vault, { orgId: ctx.orgId, id: best.id }, best.secret_enc) };
}
