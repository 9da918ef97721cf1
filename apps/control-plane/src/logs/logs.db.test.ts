import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { newId } from "@berth/kit/ids";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import { appendChunks } from "./append.ts";
import { closeStream } from "./close-stream.ts";
import { maxStreamBytes } from "./limits.ts";
import { readLog } from "./read.ts";
import { tailLog, type TailEvent } from "./tail.ts";
import { openLogWriter } from "./write.ts";

let system: TestSystem;
beforeAll(async () => {
  system = await createTestSystem();
});
afterAll(() => system[Symbol.asyncDispose]());

async function stream(at = 0): Promise<string> {
  const id = newId("logStream");
  await system.db
    .insertInto("log_streams")
    .values({ id, org_id: system.org.id, owner_kind: "build", owner_id: "bld1", next_offset: at })
    .execute();
  return id;
}

const chunk = (streamId: string, offset: number, text: string | Buffer, deflated = false) => {
  const raw = Buffer.from(text as string);
  return { streamId, offset, rawLength: raw.length, deflated, payload: deflated ? deflateRawSync(raw) : raw };
};

const readAll = async (streamId: string): Promise<string> =>
  (await readLog({ ctx: system.ctx(), input: { streamId, offset: 0, maxBytes: 1e8 } })).text;

describe("appending", () => {
  it("takes chunks in order, answers a repeat with the same position, and tells a gap where to go on", async () => {
    const id = await stream();
    expect(await appendChunks({ system, chunks: [chunk(id, 0, "one "), chunk(id, 4, "two ", true)] })).toEqual([
      { streamId: id, offset: 8, closed: false },
    ]);
    expect(await appendChunks({ system, chunks: [chunk(id, 4, "two ")] })).toEqual([{ streamId: id, offset: 8, closed: false }]);
    expect(await appendChunks({ system, chunks: [chunk(id, 100, "late")] })).toEqual([{ streamId: id, offset: 8, closed: false }]);
    expect(await readAll(id)).toBe("one two ");
  });

  it("takes what is new of a chunk that overlaps the end", async () => {
    const id = await stream();
    await appendChunks({ system, chunks: [chunk(id, 0, "hello")] });
    expect(await appendChunks({ system, chunks: [chunk(id, 3, "lo world", true)] })).toEqual([{ streamId: id, offset: 11, closed: false }]);
    expect(await readAll(id)).toBe("hello world");
  });

  it("stores every byte once whatever the chunks, repeats and orders", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ from: fc.nat(40), length: fc.integer({ min: 1, max: 15 }), deflated: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        async (pieces) => {
          const text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
          const id = await stream();
          let expected = 0;
          for (const { from, length, deflated } of pieces) {
            const [position] = await appendChunks({ system, chunks: [chunk(id, from, text.slice(from, from + length), deflated)] });
            if (from <= expected) expected = Math.max(expected, from + length);
            expect(position?.offset).toBe(expected);
          }
          expect(await readAll(id)).toBe(text.slice(0, expected));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("closes a stream at the cap and says so to readers", async () => {
    const id = await stream(maxStreamBytes - 4);
    expect(await appendChunks({ system, chunks: [chunk(id, maxStreamBytes - 4, "last"), chunk(id, maxStreamBytes, "more")] })).toEqual([
      { streamId: id, offset: maxStreamBytes, closed: true },
    ]);
    const part = await readLog({ ctx: system.ctx(), input: { streamId: id, offset: maxStreamBytes - 4, maxBytes: 100 } });
    expect(part).toMatchObject({ text: "last", ended: true, cappedAt: maxStreamBytes });
  });

  it("takes nothing into a closed stream", async () => {
    const id = await stream();
    await closeStream(system.ctx(), id);
    expect(await appendChunks({ system, chunks: [chunk(id, 0, "x")] })).toEqual([{ streamId: id, offset: 0, closed: true }]);
  });

  it("leaves unknown streams out", async () => {
    expect(await appendChunks({ system, chunks: [chunk("log-none", 0, "x")] })).toEqual([]);
  });
});

describe("reading", () => {
  it("starts at any offset, in parts, without breaking a character", async () => {
    const id = await stream();
    const text = "héllo wörld — ✓ 𝄞 ".repeat(50);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 7) await appendChunks({ system, chunks: [chunk(id, at, bytes.subarray(at, at + 7))] });
    let read = "";
    let offset = 0;
    for (;;) {
      const part = await readLog({ ctx: system.ctx(), input: { streamId: id, offset, maxBytes: 64 } });
      read += part.text;
      if (part.next === offset) break;
      offset = part.next;
    }
    expect(read).toBe(text);
    const middle = Buffer.byteLength(text.slice(0, 20));
    const part = await readLog({ ctx: system.ctx(), input: { streamId: id, offset: middle, maxBytes: 20 } });
    expect(part.text.length).toBeGreaterThan(5);
    expect(text.slice(20)).toContain(part.text);
  });

  it("replaces binary output instead of failing", async () => {
    const id = await stream();
    const bytes = randomBytes(5000);
    await appendChunks({ system, chunks: [chunk(id, 0, bytes, true)] });
    await closeStream(system.ctx(), id);
    expect(await readLog({ ctx: system.ctx(), input: { streamId: id, offset: 0, maxBytes: 1e6 } })).toMatchObject({
      text: bytes.toString("utf8"),
      next: 5000,
      ended: true,
    });
  });

  it("is refused behind the end, and to another org", async () => {
    const id = await stream();
    const other = await createTestOrg(system);
    await expect(readLog({ ctx: system.ctx(), input: { streamId: id, offset: 1, maxBytes: 1 } })).rejects.toMatchObject({
      code: "range_not_satisfiable",
    });
    await expect(readLog({ ctx: system.ctx(other.id), input: { streamId: id, offset: 0, maxBytes: 1 } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("following", () => {
  it("gives what is there, then what comes, then the end; and resumes from an offset", async () => {
    const id = await stream();
    const writer = await openLogWriter({ ctx: system.ctx(), streamId: id });
    await writer.write("first\n");
    const events: TailEvent[] = [];
    const follow = (async () => {
      for await (const event of tailLog({ ctx: system.ctx(), input: { streamId: id, offset: 2 }, signal: new AbortController().signal })) {
        events.push(event);
        if (events.length === 1) await writer.write("sec\u00f6nd\n");
        if (events.length === 2) await writer.close();
      }
    })();
    await follow;
    expect(events).toEqual([
      { type: "text", offset: 2, text: "rst\n", next: 6 },
      { type: "text", offset: 6, text: "secönd\n", next: 14 },
      { type: "end", next: 14 },
    ]);
  });

  it("stops when its reader goes away", async () => {
    const id = await stream();
    const controller = new AbortController();
    const follow = tailLog({ ctx: system.ctx(), input: { streamId: id, offset: 0 }, signal: controller.signal });
    const first = follow.next();
    controller.abort();
    expect(await first).toMatchObject({ done: true });
  });
});

describe("a log writer", () => {
  it("keeps the order of writes that nobody waited for", async () => {
    const id = await stream();
    const writer = await openLogWriter({ ctx: system.ctx(), streamId: id });
    for (let line = 0; line < 500; line++) void writer.write(`line ${line}\n`);
    await writer.close();
    expect(await readAll(id)).toBe(Array.from({ length: 500 }, (_, line) => `line ${line}\n`).join(""));
  });

  it("is refused for a closed stream and another org's", async () => {
    const id = await stream();
    const other = await createTestOrg(system);
    await expect(openLogWriter({ ctx: system.ctx(other.id), streamId: id })).rejects.toMatchObject({ code: "not_found" });
    await closeStream(system.ctx(), id);
    await expect(openLogWriter({ ctx: system.ctx(), streamId: id })).rejects.toMatchObject({ code: "conflict" });
  });
});
