import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatScope, parseScope, type RegistryScope } from "./access.ts";
import { mintRegistryToken, verifyRegistryToken } from "./token.ts";

const key = randomBytes(32);
const now = new Date("2026-01-01T00:00:00Z");
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const scopes: RegistryScope[] = [
  { repository: "org/app", actions: ["pull"] },
  { repository: "org/other", actions: ["pull", "push"] },
];
const token = mintRegistryToken({ key, subject: "job:1", scopes, expiresAt: later(60) });

describe("a registry token", () => {
  it("gives exactly what is in it, until it expires", () => {
    const access = verifyRegistryToken({ key, token, now: later(59) });
    expect(access).toMatchObject({ subject: "job:1", expiresAt: later(60) });
    expect(access?.allows("org/app", "pull")).toBe(true);
    expect(access?.allows("org/app", "push")).toBe(false);
    expect(access?.allows("org/other", "push")).toBe(true);
    expect(access?.allows("org/other", "delete")).toBe(false);
    expect(access?.allows("org", "pull")).toBe(false);
    expect(access?.allows("org/app/deeper", "pull")).toBe(false);
    expect(verifyRegistryToken({ key, token, now: later(60) })).toBeUndefined();
  });

  it("is nothing under another key, or with any character changed, added or missing", () => {
    expect(verifyRegistryToken({ key: randomBytes(32), token, now })).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.stringMatching(/^[A-Za-z0-9._=-]{0,2}$/), (at, put) => {
        const changed = token.slice(0, at) + put + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(verifyRegistryToken({ key, token: changed, now })).toBeUndefined();
      }),
    );
  });

  it("is nothing when it is arbitrary text, huge, or signed but of another shape", () => {
    fc.assert(fc.property(fc.string(), (text) => verifyRegistryToken({ key, token: text, now }) === undefined));
    expect(verifyRegistryToken({ key, token: `brt1.${"a".repeat(100_000)}`, now })).toBeUndefined();
    const signed = `brt1.${Buffer.from(JSON.stringify({ sub: "x", exp: 9e9, access: [["../x", ["pull"]]] })).toString("base64url")}`;
    const forged = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
    expect(verifyRegistryToken({ key, token: forged, now })).toBeUndefined();
  });
});

describe("a scope", () => {
  it("is read as repository and actions, unknown actions left out", () => {
    expect(parseScope("repository:a/b:pull,push")).toEqual({ repository: "a/b", actions: ["pull", "push"] });
    expect(parseScope("repository:a/b:*")).toEqual({ repository: "a/b", actions: ["pull", "push", "delete"] });
    expect(parseScope("repository:a/b:pull,fly")).toEqual({ repository: "a/b", actions: ["pull"] });
    expect(formatScope({ repository: "a/b", actions: ["pull", "push"] })).toBe("repository:a/b:pull,push");
  });

  it.each(["", "registry:catalog:*", "repository:A:pull", "repository:a:b:pull", "repository:../a:pull", "repository:a:"])(
    "%j is none",
    (text) => {
      expect(parseScope(text)).toBeUndefined();
    },
  );
});
