import { describe, expect, it } from "vitest";
import { parseChartMetadata } from "./metadata.ts";

const chart = (lines: string): string => `apiVersion: v2\nname: web\nversion: 1.2.3\n${lines}`;

describe("a Chart.yaml", () => {
  it("is read with numbers as texts, as Helm reads them", () => {
    expect(parseChartMetadata(chart("appVersion: 1.16\nkeywords: [a, 1]\nannotations: {x: true}\n"), "Chart.yaml")).toMatchObject({
      name: "web",
      version: "1.2.3",
      appVersion: "1.16",
      keywords: ["a", "1"],
      annotations: { x: "true" },
    });
  });

  it.each(["../evil", "..", "a/b", "/etc", "a\\b", ".hidden", "-x", "", "x".repeat(300), "a b", "a\u0000b"])(
    "with the name %j is refused",
    (name) => {
      expect(() => parseChartMetadata(`apiVersion: v2\nname: ${JSON.stringify(name)}\nversion: 1.0.0\n`, "web/Chart.yaml")).toThrow(
        /^web\/Chart\.yaml: name .* is not the name of a chart/,
      );
    },
  );

  it.each([
    ["no YAML", "a: [", /Chart.yaml is not valid YAML/],
    ["a list", "- a", /Chart.yaml is not valid: /],
    ["nothing", "", /Chart.yaml is not valid: /],
    ["no version", "apiVersion: v2\nname: web\n", /version: /],
    ["another version of the format", "apiVersion: v9\nname: web\nversion: 1.0.0", /apiVersion: /],
    ["a version that is none", "apiVersion: v2\nname: web\nversion: ../1", /is not a semantic version such as 1\.2\.3/],
    ["a type that is none", chart("type: plugin"), /neither application nor library/],
    [
      "more and more of the same",
      `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d]`,
      /not valid YAML/,
    ],
  ])("with %s is refused, and it says why", (_, source, message) => {
    expect(() => parseChartMetadata(source, "Chart.yaml")).toThrow(message);
  });
});
