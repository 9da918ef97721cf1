import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { pickVersion } from "./pick-version.ts";
import { readIndex } from "./repository-index.ts";

const of = (entries: Record<string, { version: string; urls: string[]; digest?: string }[]>): string =>
  stringify({ apiVersion: "v1", entries, generated: "2026-01-01T00:00:00Z" }, { aliasDuplicateObjects: false });
const urls = ["web-1.tgz"];

describe("an index of a Helm repository", () => {
  it("gives the versions of one chart, whatever lies before and after it", () => {
    const text = of({
      other: [{ version: "9.0.0", urls }],
      web: [
        { version: "1.0.0", urls, digest: "AB" },
        { version: "1.1.0", urls },
      ],
      "web-extra": [{ version: "2.0.0", urls }],
    });
    expect(readIndex(text, "web", "i")).toEqual([
      { version: "1.0.0", urls, digest: "ab" },
      { version: "1.1.0", urls, digest: undefined },
    ]);
  });

  it("is read the same in every layout: indented lists, quoted names, comments, JSON, Windows lines", () => {
    const expected = [{ version: "1.0.0", urls: ["a.tgz"], digest: undefined }];
    for (const text of [
      `apiVersion: v1\nentries:\n  web:\n  - version: 1.0.0\n    urls:\n    - a.tgz\ngenerated: x\n`,
      `entries:\n    "web":\n      - version: "1.0.0"\n        urls: [a.tgz]\n    zed:\n      - version: 3.0.0\n`,
      `entries:\n  # comment\n  'web':\n    -\n      urls:\n        - a.tgz\n      version: 1.0.0`,
      `entries:\r\n  web:\r\n  - version: 1.0.0\r\n    urls:\r\n    - a.tgz\r\n`,
      `{"entries":{"web":[{"version":"1.0.0","urls":["a.tgz"]}]}}`,
      `x: &x [a.tgz]\nentries:\n  web:\n  - version: 1.0.0\n    urls: *x\n`,
      `entries: {web: [{version: 1.0.0, urls: [a.tgz]}]}`,
      `entries:\n  before:\n  - description: |\n      web:\n      - version: 6.6.6\n    version: 2.0.0\n    urls: [b]\n  web:\n  - version: 1.0.0\n    urls: [a.tgz]\n`,
    ])
      expect(readIndex(text, "web", "i"), text).toEqual(expected);
  });

  it("reads as a whole YAML parser does, for any index that Helm writes", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const version = fc.record({
      version: fc.stringMatching(/^\d\.\d\.\d$/),
      urls: fc.constant<string[]>(["x.tgz"]),
      description: fc.string(),
    });
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(version, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 5 }), (entries) => {
        for (const [chart, versions] of Object.entries(entries))
          expect(readIndex(of(entries), chart, "i").map((one) => one.version)).toEqual(versions.map((one) => one.version));
      }),
    );
  });

  it("names other charts where one is not in it, and says where it is no index", () => {
    expect(() => readIndex(of({ db: [{ version: "1.0.0", urls }] }), "web", "The index of x")).toThrow(
      'The index of x has no chart "web"; it has db',
    );
    expect(() => readIndex("<html>", "web", "The index of x")).toThrow("The index of x is no index of a Helm repository");
    expect(() => readIndex("entries:\n  web:\n  - {", "web", "The index of x")).toThrow("The index of x is not valid YAML");
    expect(() => readIndex(of({ db: [] }), "constructor", "i")).toThrow("has no chart");
  });

  it("finds a chart among tens of megabytes quickly", () => {
    const many = Array.from(
      { length: 100_000 },
      (_, index) => `  chart-${index}:\n  - version: 1.0.0\n    urls:\n    - ${"x".repeat(200)}\n`,
    );
    const text = `apiVersion: v1\nentries:\n${many.join("")}  web:\n  - version: 1.2.3\n    urls:\n    - w\n`;
    const started = performance.now();
    expect(readIndex(text, "web", "i")).toMatchObject([{ version: "1.2.3" }]);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("the version of a chart", () => {
  const versions = ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "v0.9.0", "latest"];
  const pick = (wanted?: string): string => pickVersion({ versions, wanted, what: "the chart" });

  it.each([
    [undefined, "1.10.0"],
    ["", "1.10.0"],
    ["1.2.0", "1.2.0"],
    ["v1.2.0", "1.2.0"],
    ["0.9.0", "v0.9.0"],
    ["~1.2", "1.2.0"],
    [">=1.0.0, <1.10.0", "1.2.0"],
    [">=2.0.0-0", "2.0.0-rc.1"],
    ["2.0.0-rc.1", "2.0.0-rc.1"],
  ])("for %s is %s", (wanted, expected) => {
    expect(pick(wanted)).toBe(expected);
  });

  it("that is not there is refused with those that are", () => {
    expect(() => pick("3.0.0")).toThrow("There is no version 3.0.0 of the chart; there are 2.0.0-rc.1, 1.10.0, 1.2.0, 1.0.0, v0.9.0");
    expect(() => pick("newest")).toThrow('"newest" is no version or version constraint for the chart');
    expect(() => pickVersion({ versions: ["1.0.0-a"], what: "the chart" })).toThrow(
      "There is no released version of the chart; there are 1.0.0-a. Write the version that is meant.",
    );
  });
});
