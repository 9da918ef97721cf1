import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor, toPage } from "./page.ts";

describe("a cursor", () => {
  it("brings back the keys it was made of", () => {
    fc.assert(
      fc.property(fc.string(), fc.maxSafeInteger(), fc.date({ noInvalidDate: true }), (text, number, time) => {
        const clean = text.replaceAll("\0", "");
        const decoded = decodeCursor(encodeCursor([clean, number, time.toISOString()]), ["string", "number", "time"]);
        expect(decoded).toEqual([clean, number, time]);
      }),
    );
  });
  it("that nobody gave out is refused, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, ["string", "number", "time"])).toThrow(/cursor/);
      }),
    );
    expect(() => decodeCursor(encodeCursor(["a"]), ["number"])).toThrow(/cursor/);
    expect(() => decodeCursor(encodeCursor(["not a time"]), ["time"])).toThrow(/cursor/);
  });
  it("is absent on the first request", () => {
    expect(decodeCursor(undefined, ["string"])).toBeUndefined();
  });
});

describe("pages", () => {
  it("cover every row once, in order, and the last one has no next", () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: 1, max: 9 }), (count, limit) => {
        const all = Array.from({ length: count }, (_, index) => index);
        const seen: number[] = [];
        let cursor: string | undefined;
        do {
          const [after] = decodeCursor(cursor, ["number"]) ?? [-1];
          const rows = all.filter((row) => row > after).slice(0, limit + 1);
          const page = toPage({ rows, limit, keysOf: (row) => [row], toItem: (row) => row });
          seen.push(...page.items);
          cursor = page.next;
        } while (cursor !== undefined);
        expect(seen).toEqual(all);
      }),
    );
  });
});
