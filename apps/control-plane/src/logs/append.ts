import { inflateRawSync } from "node:zlib";
import type { LogFrame } from "@berth/protocol/log-frame";
import type { System } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { maxStreamBytes } from "./limits.ts";

/** Where a stream stands after an append: everything below `offset` is durable. */
export type StreamPosition = { streamId: string; offset: number; closed: boolean };

type StreamRow = { id: string; next_offset: number; stored_until: number | null; ends_at: number | null; closed_at: Date | null };

/**
 * Appends chunks of any number of streams in one transaction. Of a chunk that reaches behind its stream's end the new part is taken; one that leaves a gap
 * is left out, and the position tells the sender where to go on. Chunks are stored as they came; check them with `isHonestChunk` first.
 * A stream that reaches the cap is closed there.
 * @returns one position per stream named; unknown streams are left out
 */
export async function appendChunks({ system, chunks }: { system: System; chunks: LogFrame[] }): Promise<StreamPosition[]> {
  const byStream = Map.groupBy(chunks, (chunk) => chunk.streamId);
  const changed = new Set<string>();
  let bytes = 0;
  const positions = await system.db.transaction().execute(async (tx) => {
    const stored: LogFrame[] = [];
    const result: StreamPosition[] = [];
    for (const stream of await lockStreams(tx, [...byStream.keys()])) {
      const before = stream.next_offset;
      if (!stream.closed_at) for (const chunk of byStream.get(stream.id) ?? []) take(stream, chunk, stored);
      const complete = stream.stored_until !== null || (stream.ends_at !== null && stream.next_offset >= stream.ends_at);
      if (stream.next_offset > before || (complete && !stream.closed_at)) {
        changed.add(stream.id);
        await move(tx, stream, complete && !stream.closed_at ? system.now() : stream.closed_at);
      }
      result.push({ streamId: stream.id, offset: stream.next_offset, closed: stream.closed_at !== null || complete });
    }
    await insertChunks(tx, stored, system.now());
    bytes = stored.reduce((sum, chunk) => sum + chunk.rawLength, 0);
    return result;
  });
  system.metrics.logBytes.inc(bytes);
  for (const position of positions) if (changed.has(position.streamId)) await system.bus.publish({ topic: "logs", data: position });
  return positions;
}

/** In id order, so that two batches never wait for each other. */
function lockStreams(tx: Tx, ids: string[]): Promise<StreamRow[]> {
  return tx
    .selectFrom("log_streams")
    .select(["id", "next_offset", "stored_until", "ends_at", "closed_at"])
    .where("id", "in", ids)
    .orderBy("id")
    .forUpdate()
    .execute();
}

function take(stream: StreamRow, chunk: LogFrame, stored: LogFrame[]): void {
  const end = chunk.offset + chunk.rawLength;
  if (stream.stored_until !== null || chunk.offset > stream.next_offset || end <= stream.next_offset) return;
  if (end > maxStreamBytes) {
    stream.stored_until = stream.next_offset;
    return;
  }
  stored.push(chunk.offset === stream.next_offset ? chunk : tailOf(chunk, stream.next_offset));
  stream.next_offset = end;
}

/** The part of a chunk that lies behind `offset`. */
function tailOf(chunk: LogFrame, offset: number): LogFrame {
  const raw = chunk.deflated ? inflateRawSync(chunk.payload, { maxOutputLength: chunk.rawLength }) : chunk.payload;
  const payload = raw.subarray(offset - chunk.offset);
  return { streamId: chunk.streamId, offset, rawLength: payload.length, deflated: false, payload };
}

async function move(tx: Tx, stream: StreamRow, closedAt: Date | null): Promise<void> {
  await tx
    .updateTable("log_streams")
    .set({ next_offset: stream.next_offset, stored_until: stream.stored_until, closed_at: closedAt })
    .where("id", "=", stream.id)
    .execute();
}

async function insertChunks(tx: Tx, chunks: LogFrame[], now: Date): Promise<void> {
  if (chunks.length === 0) return;
  await tx
    .insertInto("log_chunks")
    .values(
      chunks.map((chunk) => ({
        stream_id: chunk.streamId,
        start_offset: chunk.offset,
        length: chunk.rawLength,
        deflated: chunk.deflated,
        data: chunk.payload,
        stored_at: now,
      })),
    )
    .execute();
}
