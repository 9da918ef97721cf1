import { AppError } from "@berth/kit/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatReference, isDigest, isRepository, isTag, parseReference, type Reference } from "./reference.ts";

const hex = "a".repeat(64);
const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const repository = fc
  .array(
    fc.tuple(word, fc.constantFrom(".", "_", "__", "-", "--"), word).map((parts) => parts.join("")),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join("/"));
const registry = fc.oneof(
  fc.constantFrom("localhost", "127.0.0.1:5000", "[::1]:5000", "registry.example.org"),
  fc.tuple(word, fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
);
const outcome = <T>(work: () => T): T | AppError => {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};
const optional = { nil: undefined };

describe("a reference", () => {
  it("is parsed into its parts", () => {
    expect(parseReference("alpine")).toEqual({ repository: "alpine" });
    expect(parseReference("library/alpine:3.20")).toEqual({ repository: "library/alpine", tag: "3.20" });
    expect(parseReference(`localhost:5000/a/b:1@sha256:${hex}`)).toEqual({
      registry: "localhost:5000",
      repository: "a/b",
      tag: "1",
      digest: `sha256:${hex}`,
    });
    expect(parseReference("localhost/a")).toEqual({ registry: "localhost", repository: "a" });
    expect(parseReference("[::1]:5000/a")).toEqual({ registry: "[::1]:5000", repository: "a" });
  });

  it.each([
    ["", "repository"],
    ["/a", "repository"],
    ["a//b", "repository"],
    ["a/../b", "repository"],
    ["../b", "registry"],
    ["A/b", "repository"],
    ["a___b", "repository"],
    ["reg.io/", "repository"],
    ["a:", "tag"],
    ["a:-x", "tag"],
    [`a:${"t".repeat(129)}`, "tag"],
    ["a@sha256:abc", "digest"],
    [`a@md5:${hex}`, "digest"],
    [`a@sha256:${"A".repeat(64)}`, "digest"],
    ["reg.io:port/a", "registry"],
    ["user@host/a", "digest"],
    ["http://reg.io/a", "registry"],
    [`${"a/".repeat(200)}a`, "repository"],
    ["a".repeat(2000), "length"],
  ])("%j is refused because of its %s", (text, part) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "bad_request", meta: { part } }));
  });

  it("comes back the same after formatting", () => {
    const reference = fc.record({
      registry: fc.option(registry, optional),
      repository,
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), optional),
      digest: fc.option(
        fc.stringMatching(/^[0-9a-f]{64}$/).map((text) => `sha256:${text}`),
        optional,
      ),
    });
    fc.assert(
      fc.property(reference, (parts) => {
        // Without a registry, a first component with a dot would read as one.
        fc.pre(parts.registry !== undefined || !parts.repository.includes("/") || !/^[^/]*[.:]/.test(parts.repository));
        const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Reference;
        expect(parseReference(formatReference(given))).toEqual(given);
      }),
    );
  });

  it("is either refused as a bad request or made of valid parts, whatever the text", () => {
    const property = fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./:@_-]{0,40}$/)), (text) => {
      const parsed = outcome(() => parseReference(text));
      if (parsed instanceof AppError) return parsed.code === "bad_request";
      const { tag, digest } = parsed;
      const valid = isRepository(parsed.repository) && (tag === undefined || isTag(tag)) && (digest === undefined || isDigest(digest));
      return valid && formatReference(parsed) === text;
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  it("is judged quickly even when made to be slow", () => {
    const started = performance.now();
    expect(isRepository(`${"a-".repeat(120)}!`)).toBe(false);
    expect(isRepository("-".repeat(1_000_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
