import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitRepo, type GitRepo } from "@berth/testkit/git-repo";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { loadApp } from "@berth/toml-schema/load";
import { everythingApp } from "@berth/toml-schema/testing/everything-app";
import { writeApp } from "@berth/toml-schema/testing/write-app";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../apps/create.ts";
import { createBuild } from "../builds/create.ts";
import { listComponents } from "../components/list.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { getConfig } from "./get.ts";
import { syncConfig, type SyncResult } from "./sync.ts";

/** Real app directories, kept beside the repository. */
const corpus = join(import.meta.dirname, "../../../../../shared/corpus");
const corpusApps = existsSync(corpus) ? readdirSync(corpus).toSorted() : [];
if (corpusApps.length === 0) process.stderr.write(`!! Only the app of all kinds is synced: ${corpus} with real apps is not there\n`);

let dataDir: string;
let system: TestSystem;
let count = 0;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-kinds-"));
  system = await createTestSystem({ settings: { dataDir, allowLocalRepos: true, toolEnv: { PATH: process.env["PATH"] ?? "" } } });
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const newApp = async (): Promise<string> => (await createApp({ ctx: system.ctx(), input: { name: `app-${++count}` } })).id;
const sync = (appId: string, config: AppConfig, dryRun = false): Promise<SyncResult> =>
  syncConfig({ ctx: system.ctx(), input: { appId, config, dryRun } });
const actions = (result: SyncResult): Record<string, string> =>
  Object.fromEntries(result.targets.map(({ target, action, why }) => [target, action === "none" ? `none: ${why}` : action]));

async function load(dir: string): Promise<AppConfig> {
  const { config, diagnostics } = await loadApp({ dir, offline: true });
  if (!config) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return config;
}

/** The config with all of its sources taken from one local repository that has the same directories on the same branches. */
async function fromHere(config: AppConfig, repo: GitRepo): Promise<AppConfig> {
  const directories = new Set<string>();
  const branches = new Set<string>();
  const moved = JSON.parse(JSON.stringify(config), (_key, value: unknown) => {
    const source = value as { kind?: unknown; repo?: unknown; directory?: unknown; branch?: unknown } | null;
    if (typeof source !== "object" || typeof source?.repo !== "string" || typeof source.directory !== "string") return value;
    directories.add(source.directory);
    if (typeof source.branch === "string") branches.add(source.branch);
    return { ...source, repo: repo.url };
  }) as AppConfig;
  await repo.commit(Object.fromEntries([...directories].map((directory) => [join(directory, "main.tf"), ""])));
  for (const branch of branches) if (branch !== "main") await repo.git("branch", "--force", branch);
  return moved;
}

describe("a config of every kind of file", () => {
  it("is stored whole; what can't be deployed yet gets no build and a reason, and the rest is built", async () => {
    await using app = await writeApp(everythingApp);
    await using repo = await createGitRepo();
    const config = await fromHere(await load(app.dir), repo);
    const appId = await newApp();
    const result = await sync(appId, config);
    expect(actions(result)).toEqual({
      sandbox: "build",
      "component:database": "build",
      "component:api": "none: components of type helm_chart can't be deployed yet, only terraform_module",
      "component:config": "none: components of type kubernetes_manifest can't be deployed yet, only terraform_module",
      "component:proxy": "none: components of type container_image can't be deployed yet, only terraform_module",
      "component:api_image": "none: components of type docker_build can't be deployed yet, only terraform_module",
      "component:cache": "none: components of type pulumi can't be deployed yet, only terraform_module",
      "component:migrate": "none: components of type job can't be deployed yet, only terraform_module",
    });
    expect(result.summary).toBe("2 to build, 0 reused, 6 not deployable yet");
    expect((await getConfig({ ctx: system.ctx(), input: { appId, version: "latest" } })).config).toEqual(config);
    expect((await listComponents({ ctx: system.ctx(), input: { appId } })).map(({ type }) => type).toSorted()).toEqual(
      config.components.map(({ type }) => type).toSorted(),
    );
    await expect(createBuild({ ctx: system.ctx(), input: { appId, target: "api", source: "pinned" } })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("components of type helm_chart can't be deployed yet") as string,
    });
    expect((await sync(appId, config)).changed).toBe(false);
  });

  it("is accepted with a sandbox in Pulumi", async () => {
    const pulumi = `type = "pulumi"\nruntime = "go"\n\n[public_repo]\nrepo = "acme/sandbox"\ndirectory = "."\nbranch = "main"\n`;
    await using app = await writeApp({ "sandbox.toml": pulumi });
    await using repo = await createGitRepo();
    const result = await sync(await newApp(), await fromHere(await load(app.dir), repo));
    expect(actions(result)).toEqual({ sandbox: "none: a sandbox of type pulumi can't be deployed yet, only terraform" });
  });

  it("shows in words what changes in a part that can't be deployed yet", async () => {
    await using app = await writeApp(everythingApp);
    await using repo = await createGitRepo();
    const config = await fromHere(await load(app.dir), repo);
    const appId = await newApp();
    await sync(appId, config);
    const helm = config.components.find(({ type }) => type === "helm_chart");
    if (helm?.type !== "helm_chart") throw new Error("The app has no chart");
    helm.values = { ...helm.values, replicas: "3" };
    expect((await sync(appId, config)).changes).toEqual([`component "api" changed: values.replicas added ("3")`]);
  });
});

describe("real apps, their sources from a local repository", () => {
  it("are all stored whole, after a dry run that says the same", { timeout: 120_000 }, async () => {
    for (const name of corpusApps) {
      await using repo = await createGitRepo();
      const config = await fromHere(await load(join(corpus, name)), repo);
      const appId = await newApp();
      const preview = await sync(appId, config, true);
      const result = await sync(appId, config);
      expect(actions(result)).toEqual(actions(preview));
      expect(result.targets.filter(({ target }) => !target.startsWith("action:"))).toHaveLength(1 + config.components.length);
      expect((await getConfig({ ctx: system.ctx(), input: { appId, version: "latest" } })).config).toEqual(config);
    }
  });
});
