import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../../context.ts";
import { recordEvent } from "../../events/record.ts";
import { normalisePrefix } from "./prefix.ts";
import { sealSecret, type GitSecret } from "./secret.ts";
import type { CredentialView } from "./list.ts";

export type CreateCredentialInput = {
  urlPrefix: string;
  username?: string | undefined;
  password?: string | undefined;
  privateKey?: string | undefined;
  knownHosts?: string | undefined;
};

/**
 * Stores what git logs in with at every repository below a URL. The secret is encrypted and never read back by anybody but git.
 * @throws AppError `bad_request` where URL and secret do not go together, `name_taken` where the prefix has one already
 */
export async function createCredential({ ctx, input }: { ctx: Ctx; input: CreateCredentialInput }): Promise<CredentialView> {
  const { prefix, scheme } = normalisePrefix(input.urlPrefix, { allowLocal: ctx.system.settings.allowLocalRepos });
  const secret = readSecret(scheme, input);
  const row = {
    id: newId("credential"),
    org_id: ctx.orgId,
    url_prefix: prefix,
    username: input.username ?? "git",
    created_at: ctx.system.now(),
  };
  return transact(ctx, async (inner) => {
    const added = await inner.db
      .insertInto("git_credentials")
      .values({ ...row, secret_enc: sealSecret(ctx.system.vault, { orgId: ctx.orgId, id: row.id }, secret) })
      .onConflict((conflict) => conflict.columns(["org_id", "url_prefix"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!added) throw new AppError("name_taken", `There is a git credential for ${prefix} already; delete it first to replace it`);
    await recordEvent(inner, { subjectKind: "git_credential", subjectId: row.id, event: "created", data: { urlPrefix: prefix } });
    return { id: row.id, urlPrefix: prefix, username: row.username, kind: secret.kind, createdAt: row.created_at.toISOString() };
  });
}

function readSecret(scheme: "https" | "http" | "ssh", input: CreateCredentialInput): GitSecret {
  if (scheme === "ssh") {
    if (!input.privateKey?.includes("PRIVATE KEY-----") || input.password !== undefined) {
      throw new AppError("bad_request", "For an ssh URL give a private key (without passphrase), and no password");
    }
    const privateKey = `${input.privateKey.replace(/\r\n/g, "\n").trimEnd()}\n`;
    return { kind: "ssh_key", privateKey, ...(input.knownHosts === undefined ? {} : { knownHosts: input.knownHosts }) };
  }
  if (!input.password || input.privateKey !== undefined || /[\r\n\0]/.test(`${input.username}${input.password}`)) {
    throw new AppError("bad_request", "For an https URL give a password or token on one line, and no private key");
  }
  return { kind: "password", password: input.password };
}
