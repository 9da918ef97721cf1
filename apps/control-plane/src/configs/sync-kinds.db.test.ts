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
import { cannotDeploy } from "../workflows/deployable.ts";
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
  it("is stored whole; what needs no build or can't be deployed yet gets a reason, and the rest is built", async () => {
    await using app = await writeApp(everythingApp);
    await using repo = await createGitRepo();
    const config = await fromHere(await load(app.dir), repo);
    const appId = await newApp();
    const result = await sync(appId, config);
    expect(actions(result)).toEqual({
      sandbox: "build",
      "component:database": "build",
      "component:api": "build",
      "component:config": "none: it needs no build: it is deployed as the config has it",
      "component:proxy": "build",
      "component:api_image": "build",
      "component:cache": `none: ${cannotDeploy("pulumi")}`,
      "component:migrate": "none: it needs no build: it is deployed as the config has it",
    });
    expect(result.summary).toBe("5 to build, 0 reused, 2 without a build, 1 not deployable yet");
    expect((await getConfig({ ctx: system.ctx(), input: { appId, version: "latest" } })).config).toEqual(config);
    expect((await listComponents({ ctx: system.ctx(), input: { appId } })).map(({ type }) => type).toSorted()).toEqual(
      config.components.map(({ type }) => type).toSorted(),
    );
    await expect(createBuild({ ctx: system.ctx(), input: { appId, target: "cache", source: "pinned" } })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("components of type pulumi can't be deployed yet") as string,
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

  it("builds a chart again for what it is made of, not for its values", async () => {
    await using app = await writeApp(everythingApp);
    await using repo = await createGitRepo();
    const config = await fromHere(await load(app.dir), repo);
    const appId = await newApp();
    await sync(appId, config);
    const helm = config.components.find(({ type }) => type === "helm_chart");
    if (helm?.type !== "helm_chart") throw new Error("The app has no chart");
    const chart = (result: SyncResult): string => {
      const { action, why } = result.targets.find(({ target }) => target === "component:api")!;
      return `${action}: ${why}`;
    };

    helm.values = { ...helm.values, replicas: "3" };
    const valued = await sync(appId, config);
    expect(valued).toMatchObject({ version: 2, changes: [`component "api" changed: values.replicas added ("3")`] });
    expect(chart(valued)).toBe("reuse: is being built already");

    helm.repo = { ...helm.repo!, branch: "next" };
    helm.values["replicas"] = "4";
    await repo.git("branch", "next");
    expect(chart(await sync(appId, config))).toBe("build: config changed: repo.branch");

    delete helm.repo;
    helm.helmRepo = { repoUrl: "https://charts.example.com", chart: "api", version: "1.2.3" };
    const elsewhere = await sync(appId, config);
    expect(chart(elsewhere)).toMatch(/^build: config changed: .*helm_repo/);
    expect(elsewhere.targets.find(({ target }) => target === "component:api")!.source).toBeUndefined();
    expect((await sync(appId, config)).changed).toBe(false);
    helm.helmRepo.version = "1.2.4";
    expect(chart(await sync(appId, config))).toBe("build: config changed: helm_repo.version");
  });

  it("looks up anew what is not from git where a person asks for a build", async () => {
    await using app = await writeApp(everythingApp);
    await using repo = await createGitRepo();
    const appId = await newApp();
    const first = await sync(appId, await fromHere(await load(app.dir), repo));
    const build = await createBuild({ ctx: system.ctx(), input: { appId, target: "proxy", source: "latest" } });
    expect(build).toMatchObject({ target: "component:proxy", state: "queued", forced: true });
    expect(build.source).toBeUndefined();
    expect(build.id).not.toBe(first.targets.find(({ target }) => target === "component:proxy")!.buildId);
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
      expect(result.targets.filter(({ deployable }) => deployable === false)).toEqual([]);
      expect(result.targets.filter(({ target }) => !target.startsWith("action:"))).toHaveLength(1 + config.components.length);
      expect((await getConfig({ ctx: system.ctx(), input: { appId, version: "latest" } })).config).toEqual(config);
    }
  });
});
