import { AppError } from "@berth/kit/errors";
import type { System } from "../context.ts";
import { findPullCredential, isPullCredentialUsable } from "../pull-credentials/find.ts";
import { pullableRepositories } from "../pull-credentials/pullable.ts";
import { pullSecretPrefix } from "../pull-credentials/secret.ts";
import { findToken, isTokenUsable } from "../tokens/find.ts";
import type { RegistryAccess } from "./access.ts";

/**
 * What a password may do; the user name says nothing. A vendor's API token reaches every repository of its organisation, so that `skopeo` and `docker` work with
 * it. An install's pull credential pulls what that install uses. A customer's API token is for decisions, and none for the registry.
 * @param input.prefix what repositories begin with in an external registry
 */
export async function accessOf(system: System, input: { prefix: string; password: string }): Promise<RegistryAccess | undefined> {
  const { prefix, password } = input;
  if (password.startsWith(pullSecretPrefix)) {
    const credential = await findPullCredential(system, password);
    if (!credential) return undefined;
    const repositories = await pullableRepositories(system, credential);
    return {
      subject: `pull:${credential.id}`,
      allows: (repository, action) => action === "pull" && repositories.has(repository),
    };
  }
  try {
    const token = await findToken(system, password);
    if (token.installId !== undefined) return undefined;
    const own = `${prefix === "" ? "" : `${prefix}/`}${token.orgId}/`;
    return { subject: `token:${token.id}`, allows: (repository) => repository.startsWith(own) };
  } catch (error) {
    if (error instanceof AppError && error.code === "unauthenticated") return undefined;
    throw error;
  }
}

/** Whether the credential that a registry token was made from can still be used. A job's token ends by itself. */
export async function stillHolds(system: System, subject: string): Promise<boolean> {
  const [kind, id = ""] = subject.split(":", 2);
  if (kind === "pull") return await isPullCredentialUsable(system, id);
  if (kind === "token") return await isTokenUsable(system, id);
  return true;
}
