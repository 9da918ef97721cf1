import { afterCommit, send, type Ctx } from "../context.ts";

/** Closes a log stream: nothing more is accepted, and those who follow it are told. Closing a closed one changes nothing. */
export async function closeStream(ctx: Ctx, streamId: string): Promise<void> {
  const closed = ctx.db
    .updateTable("log_streams")
    .set({ closed_at: ctx.system.now() })
    .where("id", "=", streamId)
    .where("org_id", "=", ctx.orgId)
    .where("closed_at", "is", null)
    .returning("next_offset");
  await send(ctx, closed, async ([stream]) => {
    if (stream) await afterCommit(ctx, { kind: "publish", topic: "logs", data: { streamId, offset: stream.next_offset, closed: true } });
  });
}
