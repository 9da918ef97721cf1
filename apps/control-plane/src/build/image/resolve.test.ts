import fc from "fast-check";
import { maxSatisfying } from "semver";
import { describe, expect, it } from "vitest";
import { parseImageUrl } from "./image-address.ts";
import { pickTag } from "./resolve.ts";

describe("an image's address", () => {
  it.each([
    ["nginx", "https://registry-1.docker.io", "library/nginx", "docker.io/library/nginx"],
    ["docker.io/nginx", "https://registry-1.docker.io", "library/nginx", "docker.io/library/nginx"],
    ["altinity/metrics-exporter", "https://registry-1.docker.io", "altinity/metrics-exporter", "docker.io/altinity/metrics-exporter"],
    ["ghcr.io/acme/web", "https://ghcr.io", "acme/web", "ghcr.io/acme/web"],
    ["https://ghcr.io/acme/web/", "https://ghcr.io", "acme/web", "ghcr.io/acme/web"],
    ["reg.example.org:5000/a/b/c", "https://reg.example.org:5000", "a/b/c", "reg.example.org:5000/a/b/c"],
    ["public.ecr.aws/nginx/nginx:1.27", "https://public.ecr.aws", "nginx/nginx", "public.ecr.aws/nginx/nginx"],
  ])("%s is at %s", (text, url, repository, shown) => {
    expect(parseImageUrl(text, { allowLocal: false })).toMatchObject({ url, repository, shown });
  });

  it("keeps a tag, and is refused where it is no image or on this machine", () => {
    expect(parseImageUrl("nginx:1.27", { allowLocal: false }).tag).toBe("1.27");
    for (const text of ["", "UPPER/case", "a b", "localhost:5000/x", "127.0.0.1/x", "[::1]:5000/x"])
      expect(() => parseImageUrl(text, { allowLocal: false })).toThrow(/image_url/);
    expect(parseImageUrl("localhost:5000/x", { allowLocal: true }).url).toBe("http://localhost:5000");
  });
});

describe("an update policy", () => {
  const tags = ["latest", "1.9.0", "1.10.0", "v1.10.2", "1.10.3-rc.1", "1.10.10", "2.0.0", "1.11", "alpine", "2.1.0_build"];
  it.each([
    ["~1.10.0", "1.10.10"],
    ["^1.2", "1.10.10"],
    ["1.x", "1.10.10"],
    ["1.9.0 - 1.10.2", "v1.10.2"],
    ["~1.9 || ^2.0", "2.1.0_build"],
    [">=1.9, <1.10", "1.9.0"],
    [">=1.10.3-rc.0 <1.10.4", "1.10.3-rc.1"],
  ])("%s takes %s", (policy, tag) => expect(pickTag(tags, policy, "x")).toBe(tag));

  it("that nothing satisfies says what there is", () => {
    expect(() => pickTag(tags, "^3", "docker.io/library/x")).toThrow(
      /No tag of docker.io\/library\/x satisfies update_policy "\^3". Of its 10 tags the highest are 2\.1\.0_build, 2\.0\.0, 1\.11/,
    );
    expect(() => pickTag([], "^3", "x")).toThrow("It has no tags");
    expect(() => pickTag(tags, "newest", "x")).toThrow("is not a range of versions");
  });

  it("takes what semver takes, in whatever order and among whatever else the tags are", () => {
    const version = fc.tuple(fc.nat(3), fc.nat(12), fc.nat(12)).map((parts) => parts.join("."));
    fc.assert(
      fc.property(
        fc.uniqueArray(version, { minLength: 1 }),
        fc.array(fc.stringMatching(/^[a-z]{1,8}$/)),
        version,
        (versions, others, base) => {
          const expected = maxSatisfying(versions, `^${base}`);
          const all = [...others, ...versions.toReversed()];
          if (expected === null) expect(() => pickTag(all, `^${base}`, "x")).toThrow("satisfies");
          else expect(pickTag(all, `^${base}`, "x")).toBe(expected);
        },
      ),
    );
  });
});
