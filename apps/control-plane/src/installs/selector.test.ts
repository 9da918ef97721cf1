import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitsLabels, parseSelector } from "./selector.ts";

const fits = (labels: Record<string, string>, selector: string): boolean => fitsLabels(labels, parseSelector(selector));

describe("a label selector", () => {
  it("asks for values, for several, for a label that is there or is not", () => {
    const labels = { tier: "gold", region: "eu-west-1", "app.io/beta": "" };
    for (const selector of [
      "tier=gold",
      "tier == gold",
      "tier!=silver",
      "region in (us-east-1, eu-west-1)",
      "region notin (us-east-1)",
      "app.io/beta",
      "!alpha",
      "app.io/beta=",
      "other!=x",
      "tier=gold, region in (eu-west-1,x),!alpha",
    ])
      expect([selector, fits(labels, selector)]).toEqual([selector, true]);
    for (const selector of [
      "tier=silver",
      "tier!=gold",
      "region in (us-east-1)",
      "alpha",
      "!tier",
      "alpha=x",
      "constructor",
      "tier=gold,alpha",
    ])
      expect([selector, fits(labels, selector)]).toEqual([selector, false]);
  });

  it("that can't be read is refused with the part it is about", () => {
    for (const selector of ["", "=x", "a b", "a in b", "tier=gold,,x", "a in (b"])
      expect(() => parseSelector(selector)).toThrow(/label=value/);
  });

  it("and its opposite never fit the same labels", () => {
    const word = fc.stringMatching(/^[a-z]{1,4}$/);
    fc.assert(
      fc.property(fc.dictionary(word, word), word, fc.array(word, { minLength: 1, maxLength: 3 }), (labels, label, values) => {
        expect(fits(labels, `${label} in (${values.join(",")})`)).toBe(!fits(labels, `${label} notin (${values.join(",")})`));
        expect(fits(labels, label)).toBe(!fits(labels, `!${label}`));
        expect(fits(labels, `${label}=${values[0]}`)).toBe(!fits(labels, `${label}!=${values[0]}`));
      }),
    );
  });
});
