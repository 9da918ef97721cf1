import { z } from "zod";
import type { Vault } from "../../crypto/vault.ts";

/** What git needs to log in. An ssh key may come with the host keys it is to be used with (lines of a `known_hosts` file). */
export const gitSecret = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("password"), password: z.string() }),
  z.object({ kind: z.literal("ssh_key"), privateKey: z.string(), knownHosts: z.string().optional() }),
]);
export type GitSecret = z.infer<typeof gitSecret>;

/** A credential as a session uses it. */
export type GitCredential = { id: string; username: string; secret: GitSecret };

const contextOf = (row: { orgId: string; id: string }): string => `git-credential ${row.orgId} ${row.id}`;

export function sealSecret(vault: Vault, row: { orgId: string; id: string }, secret: GitSecret): Buffer {
  return vault.seal(JSON.stringify(secret), contextOf(row));
}

export function openSecret(vault: Vault, row: { orgId: string; id: string }, sealed: Uint8Array): GitSecret {
  return gitSecret.parse(JSON.parse(vault.open(sealed, contextOf(row)).toString("utf8")));
}
