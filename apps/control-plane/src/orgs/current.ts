import type { Ctx } from "../context.ts";

/** The org of the context, and the token it came in by. */
export async function currentOrg(
  ctx: Ctx,
): Promise<{ org: { id: string; name: string; createdAt: string }; token: { id: string; name: string } }> {
  const org = await ctx.db.selectFrom("orgs").select(["id", "name", "created_at"]).where("id", "=", ctx.orgId).executeTakeFirstOrThrow();
  const token = await ctx.db
    .selectFrom("api_tokens")
    .select(["id", "name"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", ctx.actor.replace(/^(token|customer):/, ""))
    .executeTakeFirstOrThrow();
  return { org: { id: org.id, name: org.name, createdAt: org.created_at.toISOString() }, token };
}
