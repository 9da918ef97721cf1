import { transact, type Ctx } from "../context.ts";
import { recordEvent } from "../events/record.ts";

/** Ends a session's row; a runner without another open one is offline from now on. Ending an ended one changes nothing. */
export function closeSession(args: { ctx: Ctx; input: { sessionId: string; runnerId: string; reason: string } }): Promise<void> {
  const { sessionId, runnerId, reason } = args.input;
  return transact(args.ctx, async (ctx) => {
    const now = ctx.system.now();
    const runner = await ctx.db
      .selectFrom("runners")
      .select(["state", "install_id"])
      .where("id", "=", runnerId)
      .forUpdate()
      .executeTakeFirst();
    await ctx.db
      .updateTable("runner_sessions")
      .set({ closed_at: now, close_reason: reason.slice(0, 256) })
      .where("id", "=", sessionId)
      .where("closed_at", "is", null)
      .execute();
    const other = await ctx.db
      .selectFrom("runner_sessions")
      .select("id")
      .where("runner_id", "=", runnerId)
      .where("closed_at", "is", null)
      .executeTakeFirst();
    if (!runner || runner.state !== "online" || other) return;
    await ctx.db.updateTable("runners").set({ state: "offline" }).where("id", "=", runnerId).where("state", "=", "online").execute();
    await recordEvent(ctx, {
      subjectKind: "runner",
      subjectId: runnerId,
      event: "offline",
      installId: runner.install_id,
      data: { reason },
    });
  });
}
