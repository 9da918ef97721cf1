import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOutputs } from "./read-outputs.ts";

const reasonOf = (text: string): unknown => {
  try {
    return parseOutputs(text, "s");
  } catch (error) {
    return (error as { failure?: { reason: string } }).failure?.reason;
  }
};

describe("the output file of a step", () => {
  it("is KEY=VALUE lines; a later line wins, a value may hold anything but a line break", () => {
    expect(parseOutputs("# note\nA=1\n\n B = x=y z \r\nA=2\n", "s")).toEqual({ A: "2", B: " x=y z " });
  });
  it("or one JSON object", () => {
    expect(parseOutputs('\n{"a": {"b": [1]}, "c": null}\n', "s")).toEqual({ a: { b: [1] }, c: null });
  });
  it("may be empty", () => expect(parseOutputs(" \n", "s")).toEqual({}));
  it.each(["[1]", "{", "no equals sign", "=value", "A=1\nB"])("is refused as %j", (text) => expect(reasonOf(text)).toBe("outputs_invalid"));
  it("cannot set what objects are made of", () => {
    expect(Object.getPrototypeOf(parseOutputs("__proto__=x\n", "s"))).toBe(Object.prototype);
  });
  it("is read or refused, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const outcome = reasonOf(text);
        expect(outcome === "outputs_invalid" || (typeof outcome === "object" && outcome !== null)).toBe(true);
      }),
    );
  });
});
