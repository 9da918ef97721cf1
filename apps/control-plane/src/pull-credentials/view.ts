import type { Selectable } from "kysely";
import type { Database } from "../db/schema.ts";

export type PullCredentialView = {
  id: string;
  installId: string;
  name: string;
  kind: "cluster" | "person";
  createdBy: string;
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
  lastUsedAt?: string;
};

/** What the API shows of a pull credential: never its password or hash. */
export function pullCredentialView(
  row: Omit<Selectable<Database["pull_credentials"]>, "org_id" | "token_hash" | "secret_enc">,
): PullCredentialView {
  return {
    id: row.id,
    installId: row.install_id,
    name: row.name,
    kind: row.kind,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    ...(row.revoked_at ? { revokedAt: row.revoked_at.toISOString() } : {}),
    ...(row.last_used_at ? { lastUsedAt: row.last_used_at.toISOString() } : {}),
  };
}
