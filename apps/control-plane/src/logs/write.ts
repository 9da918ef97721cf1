import { deflateRawSync } from "node:zlib";
import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { appendChunks } from "./append.ts";
import { closeStream } from "./close-stream.ts";
import { maxChunkBytes } from "./limits.ts";

/** Appends the control plane's own lines (a build's) to a stream. One writer per stream at a time. */
export type LogWriter = {
  /** Hands over bytes; they are stored in the background, in order. Await it to know them durable, and to not run ahead of the database. */
  write(data: Uint8Array | string): Promise<void>;
  /** Stores the rest and closes the stream. */
  close(): Promise<void>;
};

/** @throws AppError `not_found` where the org has no such stream; `conflict` where it is closed */
export async function openLogWriter({ ctx, streamId }: { ctx: Ctx; streamId: string }): Promise<LogWriter> {
  const stream = await ctx.db
    .selectFrom("log_streams")
    .select(["next_offset", "closed_at"])
    .where("org_id", "=", ctx.orgId)
    .where("id", "=", streamId)
    .executeTakeFirst();
  if (!stream) throw new AppError("not_found", `There is no log stream ${streamId}`);
  if (stream.closed_at) throw new AppError("conflict", `Log stream ${streamId} is closed`);
  let offset = stream.next_offset;
  let waiting: Buffer[] = [];
  let running: Promise<void> | undefined;
  /** The stream took no more: the rest is dropped, and its readers see that it was capped. */
  let capped = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0 && !capped) {
      const bytes = Buffer.concat(waiting);
      waiting = [];
      const chunks = [];
      for (let at = 0; at < bytes.length; at += maxChunkBytes) {
        const raw = bytes.subarray(at, at + maxChunkBytes);
        chunks.push({ streamId, offset: offset + at, rawLength: raw.length, deflated: true, payload: deflateRawSync(raw) });
      }
      const [ack] = await appendChunks({ system: ctx.system, chunks });
      if (ack?.closed) capped = true;
      else if (ack?.offset !== offset + bytes.length) throw new AppError("conflict", `Log stream ${streamId} has another writer`);
      offset += bytes.length;
    }
  }

  function flush(): Promise<void> {
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    write(data) {
      if (capped || data.length === 0) return Promise.resolve();
      waiting.push(typeof data === "string" ? Buffer.from(data) : Buffer.from(data));
      return flush();
    },
    async close() {
      await flush();
      await closeStream(ctx, streamId);
    },
  };
}
