import { describe, expect, it } from "vitest";
import { parseHelmIgnore } from "./helmignore.ts";

/** The paths of a small chart that rules leave out; directories end in a slash. */
function left(rules: string): string[] {
  const paths = [
    "Chart.yaml",
    "a.txt",
    "a[1].txt",
    "docs/",
    "docs/a.txt",
    "templates/",
    "templates/.hidden",
    "templates/x.yaml",
    "docs/deep/",
    "docs/deep/b.txt",
  ];
  const ignored = parseHelmIgnore(rules, ".helmignore");
  return paths.filter((path) => ignored(path.replace(/\/$/, ""), path.endsWith("/")));
}

describe("a .helmignore", () => {
  it.each([
    ["nothing", "", []],
    ["comments and blank lines", "\n# a.txt\n  \n", []],
    ["a name at every depth", "a.txt", ["a.txt", "docs/a.txt"]],
    ["a name at the root", "/a.txt", ["a.txt"]],
    ["a path", "docs/a.txt", ["docs/a.txt"]],
    ["stars that stop at slashes", "docs/*", ["docs/a.txt", "docs/deep/"]],
    ["directories alone", "docs/", ["docs/"]],
    ["one of a class, and a plain bracket", "[ab].txt\na\\[1].txt", ["a.txt", "a[1].txt", "docs/a.txt", "docs/deep/b.txt"]],
    ["none of a class", "[^a].txt", ["docs/deep/b.txt"]],
    ["a question mark", "?.txt", ["a.txt", "docs/a.txt", "docs/deep/b.txt"]],
  ])("with %s", (_, rules, expected) => {
    expect(left(rules)).toEqual([...expected, "templates/.hidden"].toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  });

  it("with ! leaves out all that the rule does not match, as Helm does", () => {
    expect(left("!*.yaml")).toEqual([
      "a.txt",
      "a[1].txt",
      "docs/",
      "docs/a.txt",
      "templates/",
      "templates/.hidden",
      "docs/deep/",
      "docs/deep/b.txt",
    ]);
  });

  it("refuses ** and broken patterns, by line", () => {
    expect(() => left("a\n**/x")).toThrow('.helmignore, line 2: "**" is not possible');
    expect(() => left("[a")).toThrow('.helmignore, line 1: "[a" is not a valid pattern');
  });

  it("matches a long hostile pattern in no time", () => {
    const started = performance.now();
    parseHelmIgnore(`${"*a".repeat(250)}b`, "x")("a".repeat(5000), false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

const order = [
  "Chart.yaml",
  "a.txt",
  "a[1].txt",
  "docs/",
  "docs/a.txt",
  "templates/",
  "templates/.hidden",
  "templates/x.yaml",
  "docs/deep/",
  "docs/deep/b.txt",
];
