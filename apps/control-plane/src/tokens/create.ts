import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { identityOfNew } from "./identity-of.ts";
import { tokenView, type TokenView } from "./view.ts";
import { hashToken, newTokenSecret } from "./secret.ts";

/** Makes a token of the context's org. The secret is in the answer and nowhere else. */
export async function createToken(
  ctx: Ctx,
  input: { name: string; expiresInDays?: number | undefined; installId?: string },
): Promise<{ token: TokenView; secret: string }> {
  const secret = newTokenSecret();
  const now = ctx.system.now();
  const expiresAt = input.expiresInDays === undefined ? null : new Date(now.getTime() + input.expiresInDays * 86_400_000);
  const token = await transact(ctx, async (tx) => {
    const id = newId("token");
    const row = await tx.db
      .insertInto("api_tokens")
      .values({
        id,
        org_id: tx.orgId,
        name: input.name,
        token_hash: hashToken(secret),
        install_id: input.installId ?? null,
        identity: input.installId === undefined ? await identityOfNew(tx, id) : id,
        created_at: now,
        expires_at: expiresAt,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordEvent(tx, {
      subjectKind: "token",
      subjectId: row.id,
      event: "created",
      data: { name: input.name, ...(input.installId === undefined ? {} : { installId: input.installId }) },
    });
    return tokenView(row);
  });
  return { token, secret };
}
