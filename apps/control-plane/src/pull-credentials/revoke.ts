import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { findInstall } from "../installs/queries.ts";

/**
 * Ends a pull credential: the registry refuses it, and tokens made from it, from now on. Ending it again changes nothing.
 * @throws AppError `not_found`
 */
export async function revokePullCredential(outer: Ctx, input: { installId: string; credentialId: string }): Promise<void> {
  await transact(outer, async (ctx) => {
    const install = await findInstall(ctx, input.installId);
    const row = await ctx.db
      .selectFrom("pull_credentials")
      .select(["id", "revoked_at"])
      .where("org_id", "=", ctx.orgId)
      .where("install_id", "=", install.id)
      .where("id", "=", input.credentialId)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError("not_found", `Install ${install.name} has no pull credential ${input.credentialId}`);
    if (row.revoked_at) return;
    await ctx.db
      .updateTable("pull_credentials")
      // What nobody may use any more need not be kept.
      .set({ revoked_at: ctx.system.now(), secret_enc: null })
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", row.id)
      .execute();
    await recordEvent(ctx, { subjectKind: "pull_credential", subjectId: row.id, event: "revoked", installId: install.id });
  });
}
