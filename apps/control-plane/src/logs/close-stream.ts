import { sql, type RawBuilder } from "kysely";
import { afterCommit, send, type Ctx } from "../context.ts";

/** Closes a log stream: nothing more is accepted, and those who follow it are told. Closing a closed one changes nothing. */
export function closeStream(ctx: Ctx, streamId: string): Promise<void> {
  return end(ctx, streamId, { closed_at: ctx.system.now() });
}

/** Closes a stream when all its bytes are there; otherwise keeps how long it will be, and the last append closes it. */
export function endStream(ctx: Ctx, streamId: string, bytes: number): Promise<void> {
  return end(ctx, streamId, {
    closed_at: sql<Date | null>`case when next_offset >= ${bytes}::bigint then ${ctx.system.now()}::timestamptz end`,
    ends_at: sql<number | null>`case when next_offset < ${bytes}::bigint then ${bytes}::bigint end`,
  });
}

async function end(
  ctx: Ctx,
  streamId: string,
  values: { closed_at: Date | RawBuilder<Date | null>; ends_at?: RawBuilder<number | null> },
): Promise<void> {
  const ended = ctx.db
    .updateTable("log_streams")
    .set(values)
    .where("id", "=", streamId)
    .where("org_id", "=", ctx.orgId)
    .where("closed_at", "is", null)
    .returning(["next_offset", "closed_at"]);
  await send(ctx, ended, async ([stream]) => {
    if (stream?.closed_at)
      await afterCommit(ctx, { kind: "publish", topic: "logs", data: { streamId, offset: stream.next_offset, closed: true } });
  });
}
