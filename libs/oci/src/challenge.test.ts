import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenge } from "./challenge.ts";

describe("a challenge", () => {
  it.each([
    [
      'Bearer realm="https://auth.io/token",service="reg.io",scope="repository:a/b:pull,push"',
      { scheme: "bearer", realm: "https://auth.io/token", service: "reg.io", scope: "repository:a/b:pull,push" },
    ],
    ["bearer REALM=https://auth.io/token", { scheme: "bearer", realm: "https://auth.io/token" }],
    ['Basic realm="x", Bearer realm="https://a/t", error="invalid_token"', { scheme: "bearer", realm: "https://a/t" }],
    ['Bearer realm="https://a/t", Basic realm="x"', { scheme: "bearer", realm: "https://a/t" }],
    ['Basic realm="Registry"', { scheme: "basic" }],
    ["BASIC", { scheme: "basic" }],
    ["Negotiate", undefined],
    ["Bearer", undefined],
    ["", undefined],
  ])("%s", (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it("never throws and is read quickly, whatever it says", () => {
    fc.assert(fc.property(fc.string(), (text) => parseChallenge(text)?.scheme !== "bearer" || /bearer/i.test(text)));
    const started = performance.now();
    expect(parseChallenge(`Bearer ${'a="'.repeat(50_000)}`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(200);
  });
});
