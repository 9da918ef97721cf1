import { AppError } from "@berth/kit/errors";
import type { System } from "../context.ts";
import { hashToken } from "./secret.ts";

const lastUsedEveryMs = 60_000;

/**
 * The usable token behind a secret; notes that it was used, to the minute.
 * @throws AppError unauthenticated when it is unknown, expired or revoked
 */
export async function findToken(system: System, secret: string): Promise<{ id: string; orgId: string; installId?: string }> {
  const row = await system.db
    .selectFrom("api_tokens")
    .select(["id", "org_id", "install_id", "expires_at", "revoked_at", "last_used_at"])
    .where("token_hash", "=", hashToken(secret))
    .executeTakeFirst();
  const now = system.now();
  if (!row)
    throw new AppError("unauthenticated", "The API token is not known here. Check that it is complete and belongs to this control plane.");
  if (row.revoked_at) throw new AppError("unauthenticated", "The API token was revoked. Ask for a new one.");
  if (row.expires_at && row.expires_at <= now)
    throw new AppError("unauthenticated", "The API token has expired. Make a new one with `berth tokens create`.");
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > lastUsedEveryMs)
    await system.db.updateTable("api_tokens").set({ last_used_at: now }).where("id", "=", row.id).execute();
  return { id: row.id, orgId: row.org_id, ...(row.install_id === null ? {} : { installId: row.install_id }) };
}

/** Whether an API token can still be used. */
export async function isTokenUsable(system: System, id: string): Promise<boolean> {
  const row = await system.db.selectFrom("api_tokens").select(["expires_at", "revoked_at"]).where("id", "=", id).executeTakeFirst();
  return row !== undefined && !row.revoked_at && (!row.expires_at || row.expires_at > system.now());
}
