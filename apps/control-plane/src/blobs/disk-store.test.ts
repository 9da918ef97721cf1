import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sha256 } from "@berth/kit/digest";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDiskStore } from "./disk-store.ts";
import type { BlobStore } from "./store.ts";

let dir: string;
let store: BlobStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-blobs-"));
  store = await createDiskStore({ dir });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const from = (...chunks: (string | Uint8Array)[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
const read = async (digest: string, range?: { start: number; end: number }) => {
  const stream = await store.get(digest, range);
  return stream && (await buffer(stream)).toString();
};
async function* breaking(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
  await Promise.reject(new Error("cut"));
}
const leftovers = async () => (await readdir(join(dir, "parts"))).length;

describe("a blob store on disk", () => {
  it("gives back what was put, whole and by range, under the digest of the bytes", async () => {
    const { digest, size } = await store.put(from("hello ", "world"));
    expect({ digest, size }).toEqual({ digest: sha256("hello world"), size: 11 });
    expect(await store.stat(digest)).toEqual({ size: 11 });
    expect(await read(digest)).toBe("hello world");
    expect(await read(digest, { start: 6, end: 8 })).toBe("wor");
    expect(await leftovers()).toBe(0);
  });

  it("stores any bytes in any chunks, also none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), async (chunks) => {
        const whole = Buffer.concat(chunks);
        expect(await store.put(from(...chunks))).toEqual({ digest: sha256(whole), size: whole.length });
        expect(await read(sha256(whole))).toBe(whole.toString());
      }),
      { numRuns: 20 },
    );
  });

  it("knows nothing of a blob that is not there", async () => {
    const digest = sha256("missing");
    expect(await store.get(digest)).toBeUndefined();
    expect(await store.stat(digest)).toBeUndefined();
    expect(await store.delete(digest)).toBe(false);
  });

  it.each(["sha256:../../etc/passwd", `sha256:${"A".repeat(64)}`, "md5:abc", ""])("refuses the name %j", async (name) => {
    await expect(store.stat(name)).rejects.toMatchObject({ code: "bad_request" });
    await expect(store.dropPart(name)).rejects.toMatchObject({ code: "bad_request" });
  });

  it("keeps nothing of bytes that are not what their digest says, break off, or are too many", async () => {
    await expect(store.put(from("altered"), { digest: sha256("original") })).rejects.toMatchObject({ code: "digest_mismatch" });
    await expect(store.put(breaking("half"))).rejects.toThrow("cut");
    await expect(store.put(from("12345", "6"), { maxBytes: 5 })).rejects.toMatchObject({ code: "too_large" });
    await expect(store.put(from("a"), { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
    expect(await leftovers()).toBe(0);
    expect(await store.stat(sha256("half"))).toBeUndefined();
  });

  it("keeps the part of a source that broke off, and joins parts in the order given", async () => {
    const first = await store.writePart(breaking("one "));
    expect(first).toMatchObject({ size: 4, digest: sha256("one "), failure: expect.objectContaining({ message: "cut" }) });
    const second = await store.writePart(from("two"));
    const joined = await store.joinParts([first.id, second.id]);
    expect(joined).toMatchObject({ size: 7, digest: sha256("one two") });
    await store.commitPart(joined);
    expect(await read(joined.digest)).toBe("one two");
    expect(await leftovers()).toBe(0);
  });

  it("says so when a part is gone, and leaves no half of a join", async () => {
    const part = await store.writePart(from("x"));
    await store.dropPart(part.id);
    await expect(store.joinParts([part.id])).rejects.toMatchObject({ code: "not_found" });
    await expect(store.commitPart(part)).rejects.toMatchObject({ code: "not_found" });
    expect(await leftovers()).toBe(0);
  });

  it("lets a reader finish what it began although the blob is deleted meanwhile", async () => {
    const { digest } = await store.put(from("x".repeat(1_000_000)));
    const stream = await store.get(digest);
    expect(await store.delete(digest)).toBe(true);
    expect(stream && (await buffer(stream)).length).toBe(1_000_000);
    expect(await store.stat(digest)).toBeUndefined();
  });

  it("takes the same blob from several writers at once", async () => {
    const other = await createDiskStore({ dir });
    const results = await Promise.all([store, other, store, other].map((one) => one.put(from("same", " bytes"))));
    expect(new Set(results.map((result) => result.digest))).toEqual(new Set([sha256("same bytes")]));
    expect(await read(sha256("same bytes"))).toBe("same bytes");
  });

  it("sweeps parts that are old and no others", async () => {
    const old = await store.writePart(from("old"));
    const young = await store.writePart(from("young"));
    await utimes(join(dir, "parts", old.id), 1, 1);
    expect(await store.sweepParts(new Date(Date.now() - 1000))).toBe(1);
    expect(await readdir(join(dir, "parts"))).toEqual([young.id]);
  });
});
