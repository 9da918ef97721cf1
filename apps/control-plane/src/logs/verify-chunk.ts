import { inflateRawSync } from "node:zlib";
import type { LogFrame } from "@berth/protocol/log-frame";
import { maxChunkBytes } from "./limits.ts";

/** True when a chunk is as long as it says and no longer than allowed. Inflates at most that much, whatever the payload would expand to. */
export function isHonestChunk(chunk: LogFrame): boolean {
  if (chunk.rawLength === 0 || chunk.rawLength > maxChunkBytes) return false;
  if (!chunk.deflated) return chunk.payload.length === chunk.rawLength;
  try {
    return inflateRawSync(chunk.payload, { maxOutputLength: chunk.rawLength }).length === chunk.rawLength;
  } catch {
    return false;
  }
}
