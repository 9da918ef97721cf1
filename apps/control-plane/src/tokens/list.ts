import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { tokenView, type TokenView } from "./view.ts";

/** The org's tokens, newest first. */
export async function listTokens(
  ctx: Ctx,
  input: { cursor?: string | undefined; limit: number },
): Promise<{ items: TokenView[]; next?: string }> {
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const rows = await ctx.db
    .selectFrom("api_tokens")
    .select(["id", "name", "install_id", "created_at", "expires_at", "revoked_at", "last_used_at"])
    .where("org_id", "=", ctx.orgId)
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after![0], after![1]))))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: tokenView });
}
