import type { Ctx } from "../context.ts";
import { decodeCursor, toPage } from "../http/page.ts";
import { findInstall } from "../installs/queries.ts";
import { pullCredentialView, type PullCredentialView } from "./view.ts";

/** An install's pull credentials, newest first, revoked ones too. @throws AppError `not_found` */
export async function listPullCredentials(
  ctx: Ctx,
  input: { installId: string; cursor?: string | undefined; limit: number },
): Promise<{ items: PullCredentialView[]; next?: string }> {
  const install = await findInstall(ctx, input.installId);
  const after = decodeCursor(input.cursor, ["time", "string"]);
  const rows = await ctx.db
    .selectFrom("pull_credentials")
    .select(["id", "install_id", "name", "kind", "created_by", "created_at", "expires_at", "revoked_at", "last_used_at"])
    .where("org_id", "=", ctx.orgId)
    .where("install_id", "=", install.id)
    .$if(after !== undefined, (query) => query.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(after![0], after![1]))))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(input.limit + 1)
    .execute();
  return toPage({ rows, limit: input.limit, keysOf: (row) => [row.created_at.toISOString(), row.id], toItem: pullCredentialView });
}
