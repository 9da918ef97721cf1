import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pullArtifact } from "@berth/oci/artifact";
import { createGitRepo } from "@berth/testkit/git-repo";
import { kubernetesTools } from "@berth/testkit/kubernetes/tools";
import type { AppConfig, Component } from "@berth/toml-schema/app-config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../apps/create.ts";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import { getBuild } from "../builds/get.ts";
import type { BuildView } from "../builds/view.ts";
import { syncConfig } from "../configs/sync.ts";
import { from, makeConfig } from "../configs/testing/make-config.ts";
import { startTestRegistry, type TestRegistry } from "../registry/testing.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { openPushRegistry } from "./push-registry.ts";
import { runBuild } from "./run.ts";

let dataDir: string;
let system: TestSystem;
let registry: TestRegistry;
let apps = 0;
const never = new AbortController().signal;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-kustomize-"));
  registry = await startTestRegistry();
  system = await createTestSystem({
    settings: { dataDir, allowLocalRepos: true, publicUrl: registry.url, toolEnv: { PATH: process.env["PATH"] ?? "" } },
  });
  registry.deps.tokenKey = registryTokenKey(system.vault);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

function kustomizeConfig(url: string, directory: string, path: string): AppConfig {
  const config = makeConfig({ sandbox: from(url, "sandbox"), components: [{ name: "web", repo: from(url, directory) }] });
  const [{ terraformVersion: _version, vars: _vars, envVars: _env, varFiles: _files, ...common }] = config.components as [
    Extract<Component, { type: "terraform_module" }>,
  ];
  const kustomize = { path, patches: [], enableHelm: false, loadRestrictor: "rootOnly" };
  config.components = [{ ...common, type: "kubernetes_manifest", namespace: "web", kustomize }];
  return config;
}

async function build(url: string, directory: string, path: string): Promise<BuildView> {
  const ctx = system.ctx();
  const { id: appId } = await createApp({ ctx, input: { name: `app-${++apps}` } });
  const { targets } = await syncConfig({ ctx, input: { appId, config: kustomizeConfig(url, directory, path), dryRun: false } });
  const buildId = targets.find(({ target }) => target === "component:web")!.buildId!;
  await runBuild({ system, buildId, signal: never });
  return getBuild({ ctx, input: { buildId } });
}

describe("a kustomization in git", () => {
  it("is packed with its bases, so that kubectl can build what was pulled; equal files give an equal digest", async () => {
    await using repo = await createGitRepo({
      "sandbox/main.tf": "",
      "deploy/base/kustomization.yaml": "resources: [map.yaml]\n",
      "deploy/base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n",
      "deploy/overlays/prod/kustomization.yaml": "namePrefix: prod-\nresources: [../../base]\n",
    });
    const made = await build(repo.url, "deploy", "./overlays/prod");
    expect(made).toMatchObject({ state: "succeeded" });
    const { repository, digest } = made.artifact!;
    const { client } = await openPushRegistry(system).open(repository, never);
    const dir = join(await mkdtemp(join(dataDir, "pull-")), "out");
    expect(await pullArtifact({ client, repository, digest, dir, kind: "kustomize" })).toMatchObject({
      config: { path: "overlays/prod", tree: made.source!.tree },
    });
    expect(await readFile(join(dir, "base/map.yaml"), "utf8")).toContain("settings");
    const { kubectl } = await kubernetesTools();
    const { stdout } = await promisify(execFile)(kubectl, ["kustomize", join(dir, "overlays/prod")], { env: { PATH: "", HOME: dataDir } });
    expect(stdout).toContain("name: prod-settings");
    await repo.commit({ "other.txt": "another commit" });
    expect((await build(repo.url, "deploy", "overlays/prod/")).artifact!.digest).toBe(digest);
  });

  it("that would be fetched in part, or is not there, fails with the file and the line", async () => {
    await using repo = await createGitRepo({
      "sandbox/main.tf": "",
      "app/kustomization.yaml": "resources:\n- https://example.com/all.yaml\n",
    });
    expect((await build(repo.url, ".", "app")).failure).toMatchObject({
      reason: "archive_refused",
      detail: expect.stringMatching(/^app\/kustomization\.yaml:2: "https:\/\/example\.com\/all\.yaml" would be fetched/) as string,
    });
    expect((await build(repo.url, "app", "overlay")).failure!.detail).toContain('There is no kustomization.yaml in "app/overlay"');
  });

  it("outside of its repository is refused at the sync", async () => {
    await using repo = await createGitRepo({ "sandbox/main.tf": "" });
    await expect(build(repo.url, ".", "../elsewhere")).rejects.toMatchObject({
      code: "invalid_config",
      meta: { diagnostics: [expect.objectContaining({ message: expect.stringContaining("leaves the repository") as string })] },
    });
  });
});
