import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeValue } from "./decode-value.ts";
import { openDigester } from "./digest.ts";
import { generateValue } from "./generate-value.ts";

describe("a value that is made", () => {
  it("has 63 letters and digits, is another one each time, and is base64 of such where the format says so", () => {
    const made = Array.from({ length: 50 }, () => generateValue(""));
    expect(new Set(made).size).toBe(50);
    for (const value of made) expect(value).toMatch(/^[A-Za-z0-9]{63}$/);
    expect(decodeValue(Buffer.from(generateValue("base64")), "base64")?.toString()).toMatch(/^[A-Za-z0-9]{63}$/);
  });
});

describe("a value that is kept as base64", () => {
  it("is decoded whatever its line breaks, alphabet and padding are, and nothing else is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        for (const form of [text, text.replace(/=+$/, ""), Buffer.from(bytes).toString("base64url"), text.replaceAll(/(.{76})/g, "$1\n")])
          expect(decodeValue(Buffer.from(form), "base64")).toEqual(Buffer.from(bytes));
        expect(decodeValue(Buffer.from(bytes), "")).toEqual(Buffer.from(bytes));
      }),
    );
    for (const wrong of ["hunter22!", "a", "=", "Zm9v=Zm9v"]) expect(decodeValue(Buffer.from(wrong), "base64")).toBeUndefined();
  });
});

describe("a digest", () => {
  it("is the same for the same value, under a key that is made once and is the runner's alone", () => {
    const dir = mkdtempSync(join(tmpdir(), "berth-digest-"));
    try {
      const open = (installId = "inl1") => openDigester({ dir, installId });
      const digest = open().of("a", Buffer.from("hunter22"));
      expect(open().of("a", Buffer.from("hunter22"))).toBe(digest);
      expect(digest).toMatch(/^[0-9a-f]{8}:[0-9a-f]{32}$/);
      const others = [
        open().of("b", Buffer.from("hunter22")),
        open("inl2").of("a", Buffer.from("hunter22")),
        open().of("a", Buffer.from("hunter23")),
      ];
      expect(new Set([digest, ...others]).size).toBe(4);
      expect(statSync(join(dir, "secrets-key")).mode & 0o777).toBe(0o600);
      expect(digest).not.toContain(readFileSync(join(dir, "secrets-key"), "utf8").slice(0, 8));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
