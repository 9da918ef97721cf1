import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { findInstall } from "../installs/queries.ts";
import { dockerConfig } from "./docker-config.ts";
import { hashPullSecret, newPullSecret, pullUsername } from "./secret.ts";
import { pullCredentialView, type PullCredentialView } from "./view.ts";

/** A pull credential right after it was made: the only time that its password is shown. */
export type NewPullCredential = {
  credential: PullCredentialView;
  server: string;
  username: string;
  password: string;
  /** For `config.json` or an image pull secret. */
  dockerConfig: string;
};

/** Makes a pull credential of an install. The password is in the answer and nowhere else. @throws AppError `not_found` */
export async function createPullCredential(
  outer: Ctx,
  input: { installId: string; name: string; expiresInDays?: number | undefined },
): Promise<NewPullCredential> {
  const password = newPullSecret();
  const now = outer.system.now();
  const credential = await transact(outer, async (ctx) => {
    const install = await findInstall(ctx, input.installId);
    const row = await ctx.db
      .insertInto("pull_credentials")
      .values({
        id: newId("pullCredential"),
        org_id: ctx.orgId,
        install_id: install.id,
        name: input.name,
        kind: "person",
        token_hash: hashPullSecret(password),
        created_by: ctx.actor,
        created_at: now,
        expires_at: input.expiresInDays === undefined ? null : new Date(now.getTime() + input.expiresInDays * 86_400_000),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordEvent(ctx, {
      subjectKind: "pull_credential",
      subjectId: row.id,
      event: "created",
      installId: install.id,
      data: { name: input.name },
    });
    return pullCredentialView(row);
  });
  const server = new URL(outer.system.settings.publicUrl).host;
  return { credential, server, username: pullUsername, password, dockerConfig: dockerConfig({ server, password }) };
}
