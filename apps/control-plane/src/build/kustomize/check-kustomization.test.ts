import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkKustomization } from "./check-kustomization.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-kustomize-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const check = async (files: Record<string, string>, path = "overlays/prod", enableHelm = false): Promise<number> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return checkKustomization({ root, path, shown: "deploy", enableHelm, signal: new AbortController().signal });
};
const base = { "base/kustomization.yml": "resources: [web.yaml]", "base/web.yaml": "kind: Deployment" };
const prod = (text: string): Record<string, string> => ({ ...base, "overlays/prod/kustomization.yaml": text });

describe("a kustomization", () => {
  it("may take in others and files of the same directory of the repository", async () => {
    const files = { ...prod("resources: [../../base]\npatches: [{path: patch.yaml}]\n"), "overlays/prod/patch.yaml": "" };
    await expect(check(files)).resolves.toBe(2);
  });

  it("may refer to itself in a circle without end of the check", async () => {
    await expect(check(prod("resources: [../prod, ../../base]"))).resolves.toBe(2);
  });

  it.each([
    [
      "an address",
      "resources:\n  - ../../base\n  - https://example.com/x.yaml\n",
      /^deploy\/overlays\/prod\/kustomization\.yaml:3: "https:.* would be fetched in the customer's account .* Copy it into the repository/,
    ],
    ["a git repository", "resources: ['github.com/acme/app//deploy?ref=v1']\n", /kustomization\.yaml:1: .* would be fetched/],
    ["what is not there", "resources: [nothing.yaml]\n", /kustomization\.yaml:1: "nothing\.yaml" is not there/],
    ["a directory without one", "resources: [..]\n", /kustomization\.yaml:1: there is no kustomization\.yaml in "deploy\/overlays"/],
    [
      "what lies above",
      "resources: [../../../other]\n",
      /:1: "\.\.\/other" leads out of "deploy", the directory .* Name a directory above both/,
    ],
    ["an absolute path", "resources: [../../../../../../../../../etc/passwd]\n", /leads out of "deploy"/],
    ["a chart without Helm", "helmCharts: [{name: web, repo: 'https://x'}]\n", /only inflated with `enable_helm = true`/],
  ])("with %s is refused, with file and line", async (_, text, message) => {
    await expect(check(prod(text))).rejects.toThrow(message);
  });

  it("may inflate a chart that lies beside it, and no other", async () => {
    const files = prod("helmCharts:\n- name: web\n  version: 1.2.3\n  repo: https://x\n");
    await expect(check(files, "overlays/prod", true)).rejects.toThrow(/kustomization\.yaml:2: chart "web" would be fetched/);
    await expect(check({ ...files, "overlays/prod/charts/web-1.2.3/web/Chart.yaml": "name: web" }, "overlays/prod", true)).resolves.toBe(1);
  });

  it("has to be where the config says, and not behind a link that leads away", async () => {
    await expect(check(base, "overlays/prod")).rejects.toThrow(
      'There is no kustomization.yaml in "deploy/overlays/prod": kustomize.path is relative to the repository\'s directory "deploy"',
    );
    await symlink("/etc", join(root, "away"));
    await expect(check({}, "away/ssh")).rejects.toThrow();
    await expect(check(prod("resources: [../../away/passwd]\n"))).rejects.toThrow(/leads out of "deploy"/);
  });
});
