import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { maxChunkBytes } from "./limits.ts";
import { isHonestChunk } from "./verify-chunk.ts";

const chunk = (payload: Buffer, rawLength: number, deflated: boolean) => ({ streamId: "log1", offset: 0, rawLength, deflated, payload });

describe("a log chunk", () => {
  it("is taken when it is as long as it says", () => {
    expect(isHonestChunk(chunk(Buffer.from("hello"), 5, false))).toBe(true);
    expect(isHonestChunk(chunk(deflateRawSync("hello"), 5, true))).toBe(true);
  });

  it("is refused when it is longer or shorter than it says, empty, too long, or no deflate stream", () => {
    expect(isHonestChunk(chunk(Buffer.from("hello"), 4, false))).toBe(false);
    expect(isHonestChunk(chunk(deflateRawSync("hello"), 6, true))).toBe(false);
    expect(isHonestChunk(chunk(deflateRawSync(Buffer.alloc(100_000_000)), 65_536, true))).toBe(false);
    expect(isHonestChunk(chunk(Buffer.alloc(0), 0, false))).toBe(false);
    expect(isHonestChunk(chunk(Buffer.alloc(maxChunkBytes + 1), maxChunkBytes + 1, false))).toBe(false);
    expect(isHonestChunk(chunk(Buffer.from("hello"), 5, true))).toBe(false);
  });
});
