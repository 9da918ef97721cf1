import type { Selectable } from "kysely";
import type { Database } from "../db/schema.ts";

export type TokenView = {
  id: string;
  name: string;
  createdAt: string;
  installId?: string;
  expiresAt?: string;
  revokedAt?: string;
  lastUsedAt?: string;
};

/** A token as the API shows it: never its hash. */
export function tokenView(row: Omit<Selectable<Database["api_tokens"]>, "token_hash" | "org_id" | "identity">): TokenView {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at.toISOString(),
    ...(row.install_id === null ? {} : { installId: row.install_id }),
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    ...(row.revoked_at ? { revokedAt: row.revoked_at.toISOString() } : {}),
    ...(row.last_used_at ? { lastUsedAt: row.last_used_at.toISOString() } : {}),
  };
}
