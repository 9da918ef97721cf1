import type { System } from "../context.ts";
import { hashPullSecret } from "./secret.ts";

const lastUsedEveryMs = 60_000;

/** The usable pull credential behind a password; notes that it was used, to the minute. Undefined where it is unknown, expired, revoked, or its install forgotten. */
export async function findPullCredential(
  system: System,
  password: string,
): Promise<{ id: string; orgId: string; installId: string } | undefined> {
  const row = await usable(system).where("pull_credentials.token_hash", "=", hashPullSecret(password)).executeTakeFirst();
  if (!row) return undefined;
  const now = system.now();
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > lastUsedEveryMs)
    await system.db.updateTable("pull_credentials").set({ last_used_at: now }).where("id", "=", row.id).execute();
  return { id: row.id, orgId: row.org_id, installId: row.install_id };
}

/** Whether a pull credential can still be used. */
export async function isPullCredentialUsable(system: System, id: string): Promise<boolean> {
  return (await usable(system).where("pull_credentials.id", "=", id).executeTakeFirst()) !== undefined;
}

function usable(system: System) {
  return system.db
    .selectFrom("pull_credentials")
    .innerJoin("installs", "installs.id", "pull_credentials.install_id")
    .select(["pull_credentials.id", "pull_credentials.org_id", "pull_credentials.install_id", "pull_credentials.last_used_at"])
    .where("installs.forgotten_at", "is", null)
    .where("pull_credentials.revoked_at", "is", null)
    .where((eb) => eb.or([eb("pull_credentials.expires_at", "is", null), eb("pull_credentials.expires_at", ">", system.now())]));
}
