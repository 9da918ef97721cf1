import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../../context.ts";
import { recordEvent } from "../../events/record.ts";

/** Forgets a credential. @throws AppError `not_found` */
export async function deleteCredential({ ctx, input }: { ctx: Ctx; input: { credentialId: string } }): Promise<void> {
  await transact(ctx, async (inner) => {
    const row = await inner.db
      .deleteFrom("git_credentials")
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", input.credentialId)
      .returning("url_prefix")
      .executeTakeFirst();
    if (!row) throw new AppError("not_found", `There is no git credential ${input.credentialId}`);
    await recordEvent(inner, {
      subjectKind: "git_credential",
      subjectId: input.credentialId,
      event: "deleted",
      data: { urlPrefix: row.url_prefix },
    });
  });
}
