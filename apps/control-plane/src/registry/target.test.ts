import { AppError } from "@berth/kit/errors";
import { isRepository } from "@berth/oci/reference";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange } from "./range.ts";
import { parseTarget } from "./target.ts";

const digest = `sha256:${"a".repeat(64)}`;
const id = "01234567-89ab-cdef-0123-456789abcdef";

describe("a path of the registry", () => {
  it.each([
    ["/v2/", { kind: "base" }],
    ["/v2", { kind: "base" }],
    ["/v2/token", { kind: "token" }],
    ["/v2/a/manifests/v1", { kind: "manifest", repository: "a", reference: "v1" }],
    [`/v2/a/b/c/manifests/${digest}`, { kind: "manifest", repository: "a/b/c", reference: digest }],
    [`/v2/a/blobs/${digest.replace(":", "%3A")}`, { kind: "blob", repository: "a", digest }],
    ["/v2/a/blobs/uploads/", { kind: "uploads", repository: "a" }],
    [`/v2/a/blobs/uploads/${id}`, { kind: "upload", repository: "a", id }],
    ["/v2/a/tags/list", { kind: "tags", repository: "a" }],
    [`/v2/a/referrers/${digest}`, { kind: "referrers", repository: "a", digest }],
    // Repositories may have names like the words of the API.
    ["/v2/tags/list/tags/list", { kind: "tags", repository: "tags/list" }],
    ["/v2/a/manifests/manifests/v1", { kind: "manifest", repository: "a/manifests", reference: "v1" }],
    [`/v2/blobs/uploads/blobs/uploads/${id}`, { kind: "upload", repository: "blobs/uploads", id }],
  ])("%s is understood", (path, target) => {
    expect(parseTarget(path)).toEqual(target);
  });

  it.each([
    ["/v2/a", "NAME_UNKNOWN"],
    ["/v2/a/manifests/", "NAME_UNKNOWN"],
    ["/v2/a/manifests/v1/more", "NAME_UNKNOWN"],
    ["/v2/../manifests/v1", "NAME_INVALID"],
    ["/v2/A/manifests/v1", "NAME_INVALID"],
    ["/v2/a%2F..%2Fb/tags/list", "NAME_INVALID"],
    ["/v2/%zz/tags/list", "NAME_INVALID"],
    ["/v2/a/manifests/-bad", "DIGEST_INVALID"],
    ["/v2/a/blobs/sha512:00", "DIGEST_INVALID"],
    ["/v2/a/blobs/uploads/..%2f..%2fetc", "NAME_UNKNOWN"],
    ["/v2/a/blobs/uploads/nonsense", "BLOB_UPLOAD_UNKNOWN"],
  ])("%s is refused as %s", (path, code) => {
    expect(() => parseTarget(path)).toThrow(expect.objectContaining({ meta: expect.objectContaining({ oci: code }) }));
  });

  it("is refused in order or names a valid repository, whatever it is, and quickly", () => {
    const piece = fc.constantFrom(
      "v2",
      "blobs",
      "uploads",
      "manifests",
      "tags",
      "list",
      "..",
      "%2e",
      "a",
      "",
      digest,
      id,
      "referrers",
      "A",
    );
    const property = fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        const target = parseTarget(`/${pieces.join("/")}`);
        return !("repository" in target) || isRepository(target.repository);
      } catch (error) {
        return error instanceof AppError;
      }
    });
    expect(() => fc.assert(property, { numRuns: 1000 })).not.toThrow();
    const started = performance.now();
    expect(() => parseTarget(`/v2/${"blobs/uploads/".repeat(5000)}x/y`)).toThrow(AppError);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe("a range", () => {
  it.each([
    [null, 10, { kind: "whole" }],
    ["bytes=0-", 10, { kind: "piece", start: 0, end: 9 }],
    ["bytes=3-5", 10, { kind: "piece", start: 3, end: 5 }],
    ["bytes=3-99", 10, { kind: "piece", start: 3, end: 9 }],
    ["bytes=-4", 10, { kind: "piece", start: 6, end: 9 }],
    ["bytes=-99", 10, { kind: "piece", start: 0, end: 9 }],
    ["bytes=10-", 10, { kind: "unsatisfiable" }],
    ["bytes=-0", 10, { kind: "unsatisfiable" }],
    ["bytes=0-", 0, { kind: "unsatisfiable" }],
    ["bytes=-5", 0, { kind: "unsatisfiable" }],
    ["bytes=5-3", 10, { kind: "whole" }],
    ["bytes=1-2,4-5", 10, { kind: "whole" }],
    ["bytes=-", 10, { kind: "whole" }],
    ["items=0-1", 10, { kind: "whole" }],
  ])("%j of %d bytes", (header, size, wanted) => {
    expect(parseRange(header, size)).toEqual(wanted);
  });
});
