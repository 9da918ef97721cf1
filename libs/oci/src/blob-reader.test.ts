import { sha256 } from "@berth/kit/digest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBlobReader, type BlobReader } from "./blob-reader.ts";

/** Gives the bytes from a place on, in pieces of these sizes; counts what it gave. */
function source(
  bytes: Buffer,
  pieces: readonly number[],
): { read: (from: number) => AsyncGenerator<Uint8Array>; given: () => number; open: () => number } {
  let given = 0;
  let open = 0;
  return {
    given: () => given,
    open: () => open,
    async *read(from) {
      open += 1;
      try {
        for (let position = from, index = 0; position < bytes.length; index++) {
          const piece = bytes.subarray(position, position + (pieces[index % pieces.length] ?? 1));
          position += piece.length;
          given += piece.length;
          yield await Promise.resolve(Buffer.from(piece));
        }
      } finally {
        open -= 1;
      }
    },
  };
}

async function take(reader: BlobReader, start: number, end: number, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reader.readRange(start, end)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= most) break;
  }
  return Buffer.concat(chunks);
}

const content = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const pieces = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 });

describe("a reader of a blob", () => {
  it("gives any ranges in any order, also after ranges that were left in the middle", async () => {
    const range = fc.record({ at: fc.tuple(fc.nat(400), fc.nat(400)), most: fc.option(fc.integer({ min: 1, max: 100 })) });
    await fc.assert(
      fc.asyncProperty(content, pieces, fc.array(range, { maxLength: 8 }), async (bytes, sizes, ranges) => {
        const { read, open } = source(bytes, sizes);
        const reader = createBlobReader({ digest: sha256(bytes), size: bytes.length, read });
        for (const { at, most } of ranges) {
          const [start, end] = at.map((value) => value % (bytes.length + 1)).toSorted((a, b) => a - b) as [number, number];
          const got = await take(reader, start, end, most ?? undefined);
          expect(bytes.subarray(start, end).subarray(0, got.length)).toEqual(got);
          if (most === null) expect(got.length).toBe(end - start);
        }
        await reader.close();
        expect(open()).toBe(0);
      }),
    );
  });

  it("reads pieces in order from one connection, and goes back no further than the piece before", async () => {
    const bytes = Buffer.alloc(1000, "x");
    const { read, given } = source(bytes, [10]);
    const reader = createBlobReader({ digest: sha256(bytes), size: 1000, read });
    for (let start = 0; start < 1000; start += 250) await take(reader, start, start + 250);
    expect(given()).toBe(1000);
    await take(reader, 900, 1000);
    expect(given()).toBe(1250);
  });

  it("never gives out the end of bytes that are not what the digest says", async () => {
    await fc.assert(
      fc.asyncProperty(content, pieces, fc.nat(), fc.constantFrom("altered", "short", "long"), async (bytes, sizes, where, how) => {
        const wrong = Buffer.from(how === "long" ? Buffer.concat([bytes, Buffer.from("x")]) : how === "short" ? bytes.subarray(1) : bytes);
        if (how === "altered") wrong[where % wrong.length] = (wrong[where % wrong.length] ?? 0) ^ 1;
        const reader = createBlobReader({ digest: sha256(bytes), size: bytes.length, read: source(wrong, sizes).read });
        const middle = Math.floor(bytes.length / 2);
        let got = 0;
        const attempt = async (): Promise<void> => {
          got += (await take(reader, 0, middle)).length;
          for await (const chunk of reader.readRange(middle, bytes.length)) got += chunk.length;
        };
        await expect(attempt()).rejects.toMatchObject({ code: "digest_mismatch" });
        expect(got).toBeLessThan(bytes.length);
      }),
    );
  });
});
