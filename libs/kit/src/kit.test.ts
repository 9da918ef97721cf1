import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { canonicalJson, digestOf, sha256 } from "./digest.ts";
import { parseEnv, port } from "./env.ts";
import { AppError } from "./errors.ts";
import { newId } from "./ids.ts";
import { backoffMs, retry } from "./retry.ts";

describe("digest", () => {
  it("is the published SHA-256 of the bytes", () => {
    expect(sha256("abc")).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
  it("does not depend on the order of keys, and canonical JSON parses back to the same value", () => {
    expect(digestOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestOf({ b: { d: null, c: [1, 2] }, a: 1 }));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("ids", () => {
  it("carry their kind, are unique and hold only characters that are safe everywhere", () => {
    const ids = new Set(Array.from({ length: 2000 }, () => newId("install")));
    expect(ids.size).toBe(2000);
    for (const id of ids) expect(id).toMatch(/^inl[0-9a-z]{22}$/);
  });
});

describe("env", () => {
  it("names every wrong variable and prints no value", () => {
    const attempt = () => parseEnv({ PORT: port, URL: z.url() }, { PORT: "secret-value" });
    expect(attempt).toThrow(/PORT.*\n.*URL/);
    expect(attempt).not.toThrow(/secret-value/);
  });
});

describe("retry", () => {
  it("waits within the jitter window, which is capped", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const wait = backoffMs({ baseMs: 100, capMs: 5000 }, attempt, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(Math.min(5000, 100 * 2 ** Math.min(attempt, 30)));
      }),
    );
  });
  it("gives up at once on an error that is not retryable", async () => {
    let calls = 0;
    const failing = retry(async () => (calls++, Promise.reject(new AppError("forbidden", "no"))), {
      tries: 5,
      backoff: { baseMs: 1, capMs: 1 },
      retryable: (error) => !(error instanceof AppError),
    });
    await expect(failing).rejects.toThrow("no");
    expect(calls).toBe(1);
  });
});
