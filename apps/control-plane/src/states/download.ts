import { AppError } from "@berth/kit/errors";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";
import { openState } from "./seal.ts";

/**
 * A state version's bytes, in the clear. States hold secrets, so each download stands in the audit trail.
 * @throws AppError `not_found`
 */
export function downloadState(args: {
  ctx: Ctx;
  input: { stateId: string };
}): Promise<{ target: string; version: number; content: Buffer }> {
  const { stateId } = args.input;
  return transact(args.ctx, async (ctx) => {
    const row = await ctx.db
      .selectFrom("terraform_states")
      .select(["install_id", "target", "version", "content_enc"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", stateId)
      .executeTakeFirst();
    if (!row) throw new AppError("not_found", `There is no state version ${stateId}`);
    await recordEvent(ctx, {
      subjectKind: "state",
      subjectId: row.target,
      event: "downloaded",
      installId: row.install_id,
      data: { stateId, version: row.version },
    });
    return { target: row.target, version: row.version, content: openState(ctx.system.vault, stateId, row.content_enc) };
  });
}
