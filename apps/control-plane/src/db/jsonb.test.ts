import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJsonb } from "./jsonb.ts";

describe("toJsonb", () => {
  it("leaves well-formed text without NUL as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        fc.pre(!json.includes("u0000") && json.isWellFormed() && !/\\ud/.test(json));
        expect(toJsonb(value)).toBe(json);
      }),
    );
  });

  it("replaces NUL and half surrogate pairs, and no backslash that stands for itself", () => {
    expect(JSON.parse(toJsonb({ "a\0": ["\ud800x", "\\u0000", "\\\0", "😀", "\udc00"] }))).toEqual({
      "a\ufffd": ["\ufffdx", "\\u0000", "\\\ufffd", "😀", "\ufffd"],
    });
  });
});
