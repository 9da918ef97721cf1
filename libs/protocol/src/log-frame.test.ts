import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLogFrame, encodeLogFrame } from "./log-frame.ts";

const frame = fc.record({
  streamId: fc.array(fc.constantFrom("a", "k", "z", "0", "9"), { minLength: 1, maxLength: 64 }).map((chars) => chars.join("")),
  offset: fc.maxSafeNat(),
  rawLength: fc.nat(2 ** 31 - 1),
  deflated: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

describe("log frames", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(frame, (input) => {
        expect(decodeLogFrame(encodeLogFrame(input))).toEqual(input);
      }),
    );
  });
  it("never throw on bytes of a stranger", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, typed) => {
        const buffer = Buffer.from(bytes);
        if (typed && buffer.length > 1) buffer.set([1, 0]);
        const decoded = decodeLogFrame(buffer);
        expect(Number.isSafeInteger(decoded?.offset ?? 0)).toBe(true);
      }),
    );
  });
  it("are refused when cut short", () => {
    const bytes = encodeLogFrame({ streamId: "log1", offset: 1, rawLength: 1, deflated: false, payload: Buffer.alloc(0) });
    for (let length = 0; length < bytes.length; length++) expect(decodeLogFrame(bytes.subarray(0, length))).toBeUndefined();
  });
});
