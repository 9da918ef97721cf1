import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { standIn } from "./stand-in.ts";

describe("what stands in for a secret", () => {
  it("has its shape and none of its content", () => {
    expect(standIn({ user: "admin", port: 5432, tls: true, list: ["a1", null], url: "pg://u:pw@db:10/x" })).toEqual({
      user: "nqzva",
      port: 4678,
      tls: true,
      list: ["n9", null],
      url: "ct://h:cj@qo:91/k",
    });
  });

  it("is JSON where the secret is, with the same keys", () => {
    expect(JSON.parse(standIn('{"password":"abc","n":[7]}') as string)).toEqual({ password: "nop", n: [3] });
    expect(standIn("{not json")).toBe("{abg wfba");
  });

  it("is never the secret itself", () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), (text) => standIn(text) !== text));
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), (value) => standIn(value) !== value),
    );
  });
});
