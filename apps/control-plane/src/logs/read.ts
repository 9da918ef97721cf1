import { inflateRawSync } from "node:zlib";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { unfinishedBytes } from "./utf8.ts";

/** A part of a stream as text. `next` is where the following part starts: at a character's first byte. */
export type LogPart = {
  offset: number;
  text: string;
  next: number;
  /** Nothing more will come, and this part ends the stream. */
  ended: boolean;
  /** The stream was longer than what is kept: bytes from this offset on are missing. */
  cappedAt?: number;
};

const chunksPerRead = 256;

/**
 * Reads a stream from any byte offset, at most about `maxBytes`. Bytes that are no UTF-8 are replaced by U+FFFD; a character that is not complete yet is
 * left for the next part.
 * @throws AppError `not_found`; `range_not_satisfiable` where the offset lies behind the end
 */
export async function readLog({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { streamId: string; offset: number; maxBytes: number };
}): Promise<LogPart> {
  const stream = await ctx.db
    .selectFrom("log_streams")
    .select(["next_offset", "stored_until", "closed_at"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", input.streamId)
    .$if(ctx.onlyInstall !== undefined, (query) =>
      query.where("job_id", "in", (jobs) =>
        jobs
          .selectFrom("jobs")
          .select("jobs.id")
          .where("jobs.install_id", "=", ctx.onlyInstall ?? ""),
      ),
    )
    .executeTakeFirst();
  if (!stream) throw new AppError("not_found", `There is no log stream ${input.streamId}`);
  if (input.offset > stream.next_offset)
    throw new AppError(
      "range_not_satisfiable",
      `Log stream ${input.streamId} has ${stream.next_offset} bytes so far; ${input.offset} is behind its end`,
    );
  const end = stream.next_offset;
  const bytes = input.offset < end ? await readBytes(ctx, input, end) : Buffer.alloc(0);
  const ended = stream.closed_at !== null && input.offset + bytes.length >= end;
  const whole = bytes.length - (ended ? 0 : unfinishedBytes(bytes));
  return {
    offset: input.offset,
    text: bytes.toString("utf8", 0, whole),
    next: input.offset + whole,
    ended,
    ...(stream.stored_until === null ? {} : { cappedAt: stream.stored_until }),
  };
}

async function readBytes(ctx: Ctx, input: { streamId: string; offset: number; maxBytes: number }, end: number): Promise<Buffer> {
  const rows = await ctx.db
    .selectFrom("log_chunks")
    .select(["start_offset", "length", "deflated", "data"])
    .where("stream_id", "=", input.streamId)
    .where("start_offset", ">=", (first) =>
      first
        .selectFrom("log_chunks")
        .select((chunk) => chunk.fn.coalesce(chunk.fn.max("start_offset"), chunk.lit(0)).as("at"))
        .where("stream_id", "=", input.streamId)
        .where("start_offset", "<=", input.offset),
    )
    .where("start_offset", "<", Math.min(end, input.offset + input.maxBytes))
    .orderBy("start_offset")
    .limit(chunksPerRead)
    .execute();
  const parts: Buffer[] = [];
  let at = input.offset;
  for (const row of rows) {
    if (row.start_offset + row.length <= at) continue;
    if (row.start_offset > at || at >= input.offset + input.maxBytes) break;
    const raw = row.deflated ? inflateRawSync(row.data, { maxOutputLength: row.length }) : row.data;
    parts.push(raw.subarray(at - row.start_offset));
    at = row.start_offset + row.length;
  }
  return Buffer.concat(parts);
}
