import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unfinishedBytes } from "./utf8.ts";

describe("unfinishedBytes", () => {
  it("lets text be cut anywhere and decoded in parts to the same text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, cut) => {
        const bytes = Buffer.from(text);
        const first = bytes.subarray(0, bytes.length === 0 ? 0 : cut % (bytes.length + 1));
        const whole = first.length - unfinishedBytes(first);
        expect(bytes.toString("utf8", 0, whole) + bytes.toString("utf8", whole)).toBe(bytes.toString("utf8"));
      }),
    );
  });

  it("never holds back more than three bytes, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const held = unfinishedBytes(bytes);
        expect(held).toBeGreaterThanOrEqual(0);
        expect(held).toBeLessThanOrEqual(Math.min(3, bytes.length));
      }),
    );
  });
});
