import type { Ctx } from "../context.ts";

/**
 * Who stands behind an actor, as an id that two decisions can be compared by. The org's first token hands out identities: each token it makes is one. What such a token makes is
 * still the same identity, so that nobody gets a second voice by making another token.
 */
export async function identityOf(ctx: Ctx, actor: string): Promise<string> {
  const id = /^(?:token|customer):(.+)$/.exec(actor)?.[1];
  if (id === undefined) return actor;
  const row = await ctx.db
    .selectFrom("api_tokens")
    .select("identity")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.identity ?? id;
}

/** The identity of a token that an actor makes: their own, or a new one where they hold the org's first token. */
export async function identityOfNew(ctx: Ctx, tokenId: string): Promise<string> {
  const maker = /^token:(.+)$/.exec(ctx.actor)?.[1];
  if (maker === undefined) return tokenId;
  const row = await ctx.db
    .selectFrom("api_tokens")
    .select("identity")
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", maker)
    .executeTakeFirst();
  return row?.identity ?? tokenId;
}
