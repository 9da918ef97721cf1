import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, formatVersion, parseConstraint, parseVersion } from "./version-constraint.ts";

const accepts = (constraint: string, version: string): boolean | undefined => {
  const parsed = parseVersion(version);
  return parsed && parseConstraint(constraint)?.matches(parsed);
};

describe("version constraints", () => {
  it.each([
    ["1.11.4", "1.11.4", true],
    ["v1.11.4", "1.11.4", true],
    ["1.11.4", "1.11.5", false],
    ["~> 1.11", "1.12.3", true],
    ["~> 1.11", "2.0.0", false],
    ["~> 1.11.2", "1.11.9", true],
    ["~> 1.11.2", "1.12.0", false],
    ["~> 1.11.2", "1.11.1", false],
    ["~>1", "1.9.0", true],
    [">= 1.5, < 1.12, != 1.11.3", "1.11.4", true],
    [">= 1.5, < 1.12, != 1.11.3", "1.11.3", false],
    [">=1.5", "1.12.0-rc1", false],
    ["1.12.0-rc1", "1.12.0-rc1", true],
    ["latest", "1.11.4", true],
  ])("%s accepts %s: %s", (constraint, version, expected) => expect(accepts(constraint, version)).toBe(expected));

  it("names the exact version where there is one", () => {
    expect(parseConstraint("= 1.11.4")?.exact).toBe("1.11.4");
    expect(parseConstraint("~> 1.11")?.exact).toBeUndefined();
  });
  it("does not guess at what it cannot read", () => {
    for (const text of ["one", "1.2.3.4", ">> 1", "1.2 || 1.3"]) expect(parseConstraint(text)).toBeUndefined();
  });
  it("orders versions by their numbers", () => {
    const version = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [left, right] = [parseVersion(a.join(".")), parseVersion(b.join("."))];
        const byNumbers = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
        expect(Math.sign(compareVersions(left!, right!))).toBe(Math.sign(byNumbers));
        expect(formatVersion(left!)).toBe(a.join("."));
      }),
    );
    expect(compareVersions(parseVersion("1.12.0-rc2")!, parseVersion("1.12.0-rc10")!)).toBeLessThan(0);
    expect(compareVersions(parseVersion("1.12.0-rc2")!, parseVersion("1.12.0")!)).toBeLessThan(0);
  });
});
