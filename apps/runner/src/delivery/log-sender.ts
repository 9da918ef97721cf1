import { open, type FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { encodeLogFrame } from "@berth/protocol/log-frame";
import type { Session } from "../connection/session.ts";
import { createWake } from "../wake.ts";

/** Sends one job's spool. */
export type LogSender = {
  /** There may be something to send. */
  wake(): void;
  /** A session has begun: what is not acknowledged is sent again. */
  restart(): void;
  /** @param offset everything below it is durable */
  acked(offset: number, closed: boolean): void;
  /** Acknowledged bytes. */
  offset(): number;
  /** True when the control plane takes no more. */
  closed(): boolean;
  close(): Promise<void>;
};

const deflate = promisify(deflateRaw);
const readBytes = 256 * 1024;
// More than this waiting in the socket would hold up heartbeats behind log bytes.
const backlogBytes = 1024 * 1024;
const stallMs = 10_000;

/**
 * Reads the spool where the acknowledged part ends, keeps at most the session's window under way, and goes back when an ack brings no progress.
 * @param input.compress whether chunks are worth deflating: not when both ends are on one machine
 */
export function createLogSender(input: {
  path: string;
  streamId: string;
  from: number;
  compress: boolean;
  session: () => Session | undefined;
  onProgress: () => void;
  onError: (error: unknown) => void;
}): LogSender {
  let acked = input.from;
  let sent = input.from;
  let closed = false;
  let rewoundAt = -Infinity;
  let progressAt = performance.now();
  let file: FileHandle | undefined;
  let buffer: Buffer | undefined;
  const wake = createWake(pump, input.onError);

  async function pump(): Promise<void> {
    for (;;) {
      const session = input.session();
      if (!session || closed) return;
      const { maxChunkBytes, logWindowBytes } = session.ready;
      if (sent > acked && performance.now() - progressAt > stallMs) rewind();
      const room = logWindowBytes - (sent - acked);
      if (room <= 0 || session.backlog() > backlogBytes) return;
      file ??= await openIfThere(input.path);
      if (!file) return;
      const from = sent;
      buffer ??= Buffer.allocUnsafeSlow(readBytes);
      const { bytesRead } = await file.read(buffer, 0, Math.min(readBytes, room), from);
      if (bytesRead === 0) return;
      for (let at = 0; at < bytesRead; at += maxChunkBytes) {
        const raw = buffer.subarray(at, Math.min(at + maxChunkBytes, bytesRead));
        const packed = input.compress && raw.length > 1024 ? await deflate(raw, { level: 1 }) : undefined;
        // An ack or a new session may have moved the position meanwhile.
        if (session.over() || closed || sent !== from + at) break;
        const deflated = packed !== undefined && packed.length < raw.length;
        const payload = deflated ? packed : raw;
        if (sent === acked) progressAt = performance.now();
        session.sendFrame(encodeLogFrame({ streamId: input.streamId, offset: sent, rawLength: raw.length, deflated, payload }), wake);
        sent += raw.length;
      }
    }
  }

  function rewind(): void {
    sent = acked;
    rewoundAt = progressAt = performance.now();
  }

  return {
    wake,
    restart() {
      rewind();
      rewoundAt = -Infinity;
      wake();
    },
    acked(offset, isClosed) {
      if (isClosed) closed = true;
      if (offset > acked) {
        acked = offset;
        sent = Math.max(sent, acked);
        progressAt = performance.now();
      } else if (sent > acked && performance.now() - rewoundAt > 1000) {
        // Each dropped chunk of a gap brings such an ack; one step back answers them all.
        rewind();
      }
      input.onProgress();
      wake();
    },
    offset: () => acked,
    closed: () => closed,
    async close() {
      closed = true;
      await file?.close();
    },
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
