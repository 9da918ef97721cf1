import type { Ctx } from "../../context.ts";

/** A credential without its secret. */
export type CredentialView = { id: string; urlPrefix: string; username: string; kind: "password" | "ssh_key"; createdAt: string };

/** The org's credentials, by URL. */
export async function listCredentials({ ctx }: { ctx: Ctx }): Promise<CredentialView[]> {
  const rows = await ctx.db
    .selectFrom("git_credentials")
    .select(["id", "url_prefix", "username", "created_at"])
    .where("org_id", "=", ctx.orgId)
    .orderBy("url_prefix")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    urlPrefix: row.url_prefix,
    username: row.username,
    kind: row.url_prefix.startsWith("ssh:") ? "ssh_key" : "password",
    createdAt: row.created_at.toISOString(),
  }));
}
