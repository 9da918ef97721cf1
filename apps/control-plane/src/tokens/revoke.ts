import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/**
 * Revokes a token. Revoking it again changes nothing.
 * @throws AppError not_found; conflict for the last usable token, without which nobody could make another
 */
export async function revokeToken(ctx: Ctx, input: { tokenId: string }): Promise<void> {
  await transact(ctx, async (tx) => {
    // The row of the org is the lock: two revocations at once must not each take the other's token for the one that stays.
    await tx.db.selectFrom("orgs").select("id").where("id", "=", tx.orgId).forUpdate().execute();
    const now = tx.system.now();
    const tokens = await tx.db
      .selectFrom("api_tokens")
      .select(["id", "revoked_at", "expires_at", "install_id"])
      .where("org_id", "=", tx.orgId)
      .execute();
    const token = tokens.find((candidate) => candidate.id === input.tokenId);
    if (!token) throw new AppError("not_found", `There is no token ${input.tokenId}`);
    if (token.revoked_at) return;
    const others = tokens.filter(
      (other) => other.id !== token.id && other.install_id === null && !other.revoked_at && (!other.expires_at || other.expires_at > now),
    );
    if (token.install_id === null && others.length === 0)
      throw new AppError(
        "conflict",
        "This is the organisation's last usable token. Make another with it first, then revoke this one with the new one.",
      );
    await tx.db.updateTable("api_tokens").set({ revoked_at: now }).where("org_id", "=", tx.orgId).where("id", "=", token.id).execute();
    await recordEvent(tx, { subjectKind: "token", subjectId: token.id, event: "revoked" });
  });
}
