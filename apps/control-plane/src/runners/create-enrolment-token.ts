import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { newId } from "@berth/kit/ids";
import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

const lifetimeMs = 7 * 24 * 3600 * 1000;

/**
 * A new one-time enrolment token. Earlier unused ones of the runner stop working. Only its hash is stored: this is the one time it can be read.
 * @throws AppError `not_found`; `runner_disabled` where the runner was revoked
 */
export function createEnrolmentToken(args: { ctx: Ctx; input: { runnerId: string } }): Promise<{ token: string; expiresAt: Date }> {
  const { runnerId } = args.input;
  return transact(args.ctx, async (ctx) => {
    const runner = await ctx.db
      .selectFrom("runners")
      .select(["install_id", "state"])
      .where("org_id", "=", ctx.orgId)
      .where("id", "=", runnerId)
      .forUpdate()
      .executeTakeFirst();
    if (!runner) throw new AppError("not_found", `There is no runner ${runnerId}`);
    if (runner.state === "revoked")
      throw new AppError("runner_disabled", `Runner ${runnerId} was revoked; create a new one for the install`);
    const now = ctx.system.now();
    const token = `bre_${randomBytes(32).toString("base64url")}`;
    const expiresAt = new Date(now.getTime() + lifetimeMs);
    await ctx.db
      .updateTable("enrolment_tokens")
      .set({ expires_at: now })
      .where("runner_id", "=", runnerId)
      .where("used_at", "is", null)
      .where("expires_at", ">", now)
      .execute();
    await ctx.db
      .insertInto("enrolment_tokens")
      .values({
        id: newId("enrolment"),
        org_id: ctx.orgId,
        runner_id: runnerId,
        token_hash: sha256(token),
        expires_at: expiresAt,
        created_at: now,
      })
      .execute();
    await recordEvent(ctx, {
      subjectKind: "runner",
      subjectId: runnerId,
      event: "enrolment_token_created",
      installId: runner.install_id,
      data: { expiresAt: expiresAt.toISOString() },
    });
    return { token, expiresAt };
  });
}
