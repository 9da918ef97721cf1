import { describe, expect, it } from "vitest";
import { isRemote, readReferences } from "./references.ts";

describe("what a kustomization refers to", () => {
  it("is found with lines, in every key that names files", () => {
    const { entries, charts } = readReferences(
      `resources:
  - ../base
  - deployment.yaml
patches:
  - path: patch.yaml
  - patch: "- op: remove"
configMapGenerator:
  - name: settings
    files: [a.txt, key=b.txt]
    envs: [c.env]
patchesStrategicMerge:
  - |
    kind: Deployment
helmCharts:
  - name: web
    version: 1.2.3
    repo: https://charts.example.com
    valuesFile: values.yaml
`,
      "kustomization.yaml",
    );
    expect(entries.map(({ kind, text, line }) => `${line} ${kind} ${text}`)).toEqual([
      "2 kustomization ../base",
      "3 kustomization deployment.yaml",
      "5 file patch.yaml",
      "9 file a.txt",
      "9 file b.txt",
      "10 file c.env",
      "18 file values.yaml",
    ]);
    expect(charts).toEqual([{ name: "web", version: "1.2.3", chartHome: "charts", line: 15 }]);
  });

  it("is nothing in an empty one, and an error in what is none", () => {
    expect(readReferences("", "k").entries).toEqual([]);
    expect(() => readReferences("- a", "k")).toThrow("k is not a kustomization");
    expect(() => readReferences("a: [", "k")).toThrow("k is not valid YAML");
  });

  it.each([
    ["https://example.com/x.yaml", true],
    ["github.com/acme/app//deploy?ref=v1", true],
    ["git@github.com:acme/app.git", true],
    ["ssh://git@example.com/app", true],
    ["git::https://example.com/app", true],
    ["example.com/app.git/deploy", true],
    ["../base", false],
    ["./deployment.yaml", false],
    ["deploy/app.v1.yaml", false],
  ])("%s would be fetched: %s", (text, expected) => {
    expect(isRemote(text)).toBe(expected);
  });
});
