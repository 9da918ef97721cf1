import type { Component } from "@berth/toml-schema/app-config";
import { describe, expect, it } from "vitest";
import { componentBase } from "../workflows/testing/fixture.ts";
import { checkOverrides } from "./check.ts";
import { changeOverrides, isEmpty, withOver } from "./contents.ts";
import { hideIn, looksSensitive, sensitiveTexts } from "./looks-sensitive.ts";
import { isTaken, pathOfKey } from "./values-key.ts";

const repo = { kind: "public" as const, repo: "acme/app", directory: ".", branch: "main" };
const chart: Component = {
  ...componentBase("api"),
  type: "helm_chart",
  chartName: "api",
  namespace: "web",
  values: {},
  valuesFiles: [],
  repo,
  takeOwnership: false,
};
const module: Component = {
  ...componentBase("db"),
  type: "terraform_module",
  terraformVersion: "1.11.4",
  repo,
  vars: {},
  envVars: {},
  varFiles: [],
};
const manifest: Component = { ...componentBase("routes"), type: "kubernetes_manifest", namespace: "web", manifest: "kind: Pod\n" };
const kustomization: Component = {
  ...manifest,
  kustomize: { path: ".", patches: [], enableHelm: false, loadRestrictor: "root_only" },
};

describe("a change", () => {
  it("sets, unsets and leaves the rest; what is set anew comes last", () => {
    const before = { set: { a: "1", b: "2", c: "3" }, document: "x: 1\n" };
    const after = changeOverrides(before, { set: { a: "9" }, unset: ["b"] });
    expect(after).toEqual({ set: { c: "3", a: "9" }, document: "x: 1\n" });
    expect(Object.keys(after.set)).toEqual(["c", "a"]);
    expect(changeOverrides(after, { set: {}, unset: [], document: "y: 2\n" }).document).toBe("y: 2\n");
    expect(isEmpty(changeOverrides(after, { set: {}, unset: ["a", "c"], document: null }))).toBe(true);
  });

  it("goes over the config's values key by key", () => {
    expect(withOver({ a: "1", b: "2" }, { b: "3" })).toEqual({ a: "1", b: "3" });
  });
});

describe("a key of values", () => {
  it("is read as helm --set reads it", () => {
    expect(pathOfKey("a.b[0].c")).toEqual(["a", "b", 0, "c"]);
    expect(pathOfKey("a\\.b.c")).toEqual(["a.b", "c"]);
    for (const text of ["", ".a", "a.", "a..b", "[0]", "a[x]", "__proto__.a"]) expect([text, pathOfKey(text)]).toEqual([text, undefined]);
  });

  it("is taken where a document has something there, or no map on the way", () => {
    const tree = { image: { tag: "1" }, list: [1] };
    expect([["image", "tag"], ["image"], ["image", "tag", "x"], ["list", 0]].map((path) => isTaken(tree, path))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect([["image", "repository"], ["other"]].map((path) => isTaken(tree, path))).toEqual([false, false]);
  });
});

describe("overrides that can't be used are refused with component, key and what to do", () => {
  const refusal = (component: Component, overrides: Parameters<typeof checkOverrides>[1]): string => {
    try {
      checkOverrides(component, overrides);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("by what the type takes", () => {
    expect(refusal(manifest, { set: { a: "1" } })).toMatch(/"routes" is a kubernetes_manifest and takes no overrides.*read an input/);
    expect(refusal(module, { set: {}, document: "a: 1\n" })).toMatch(/document of component "db" can't be set.*variables by name/);
    expect(refusal(kustomization, { set: { a: "1" } })).toMatch(/"a" of component "routes" can't be set.*kustomize patch/);
    expect(refusal(kustomization, { set: {}, document: "kind: Deployment\nmetadata: { name: a }\n" })).toBe("");
    expect(refusal(manifest, { set: {} })).toBe("");
  });

  it("by their form", () => {
    expect(refusal(chart, { set: { "a..b": "1" } })).toMatch(/"a\.\.b" of component "api" is no key.*helm --set/);
    expect(refusal(module, { set: { "a.b": "1" } })).toMatch(/"a\.b" of component "db" is no name of a variable/);
    expect(refusal(chart, { set: { a: "{{ .nuon.install.id" } })).toMatch(/"a" of component "api" can't be rendered.*Correct the template/);
    expect(refusal(chart, { set: { a: "(sensitive)" } })).toMatch(/mark of a value that is not shown/);
    expect(refusal(chart, { set: {}, document: "a: [\n" })).toMatch(/document of component "api" is no YAML/);
    expect(refusal(chart, { set: {}, document: "- a\n" })).toMatch(/is no map/);
    expect(refusal(chart, { set: {}, document: "a: 1\n---\nb: 1\n" })).toMatch(/more than one document/);
    expect(refusal(chart, { set: {}, document: "password: (sensitive)\n" })).toMatch(/values that are not shown/);
  });

  it("where a key is in the document too", () => {
    expect(refusal(chart, { set: { "image.tag": "2" }, document: "image: { tag: 1 }\n" })).toMatch(
      /"image\.tag".*in the document.*Unset the key/,
    );
    expect(refusal(chart, { set: { "image.tag": "2" }, document: "image: { repository: a }\n" })).toBe("");
    expect(refusal(chart, { set: {}, document: "{{ if .nuon.install.id }}\na: 1\n{{ end }}\n" })).toBe("");
  });
});

describe("what looks sensitive", () => {
  it("is told by its key", () => {
    expect(["db.password", "apiKey", "auth.token", "clientSecret"].every(looksSensitive)).toBe(true);
    expect(["replicas", "image.tag", "monkey"].some(looksSensitive)).toBe(false);
  });

  it("is hidden in a document, with all that is under it", () => {
    const document = "replicas: 2\npassword: hunter2\nsecrets:\n  a: s1\n  list: [s2]\n";
    const shown = hideIn(document);
    expect(shown).toContain("replicas: 2");
    expect(shown).toContain("password: (sensitive)");
    expect(shown).not.toMatch(/hunter2|s1|s2/);
    expect(sensitiveTexts({ set: { "a.token": "t0", size: "3" }, document })).toEqual(["t0", "hunter2", "s1", "s2"]);
    expect(hideIn("a: {{ .nuon.x }}\ntoken: {{ .nuon.y }}\n")).toBe("a: {{ .nuon.x }}\ntoken: (sensitive)\n");
    expect(hideIn("{{ if .nuon.x }}\na: 1\n{{ end }}\n")).toBeUndefined();
  });
});
