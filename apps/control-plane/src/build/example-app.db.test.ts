import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGitRepo } from "@berth/testkit/git-repo";
import { loadApp } from "@berth/toml-schema/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../apps/create.ts";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import { listBuilds } from "../builds/list.ts";
import { syncConfig } from "../configs/sync.ts";
import { startTestRegistry, type TestRegistry } from "../registry/testing.ts";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { runBuild } from "./run.ts";

const example = join(import.meta.dirname, "../../../../examples/hello-berth");

let dataDir: string;
let system: TestSystem;
let registry: TestRegistry;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-example-"));
  registry = await startTestRegistry();
  const settings = { dataDir, allowLocalRepos: true, toolEnv: { PATH: process.env["PATH"] ?? "" }, publicUrl: registry.url };
  system = await createTestSystem({ settings });
  registry.deps.tokenKey = registryTokenKey(system.vault);
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

async function readTree(): Promise<Record<string, string>> {
  const entries = await readdir(example, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path.slice(example.length + 1), await readFile(path, "utf8")] as const)),
  );
}

describe("the example app", () => {
  it("is valid, syncs from a real repository and builds; a change of the server's program builds the server alone", async () => {
    await using repo = await createGitRepo();
    const here = (files: Record<string, string>): Record<string, string> =>
      Object.fromEntries(
        Object.entries(files).map(([path, file]) => [
          path,
          path.endsWith(".toml") ? file.replaceAll("berth-examples/hello-berth", repo.url) : file,
        ]),
      );
    const files = here(await readTree());
    await repo.commit(files);
    const { config, diagnostics } = await loadApp({ dir: repo.dir, name: "hello-berth", offline: true });
    expect(diagnostics).toEqual([]);
    const ctx = system.ctx();
    const { id: appId } = await createApp({ ctx, input: { name: "hello-berth" } });
    const sync = () => syncConfig({ ctx, input: { appId, config, dryRun: false } });
    const first = await sync();
    expect(first.targets.map(({ target }) => target)).toEqual([
      "sandbox",
      "component:config",
      "component:database",
      "component:web",
      "action:show-greeting/show",
    ]);
    await Promise.all(first.targets.map(({ buildId }) => runBuild({ system, buildId: buildId!, signal: new AbortController().signal })));
    expect((await listBuilds({ ctx, input: { appId, limit: 10 } })).items.map(({ state }) => state)).toEqual(Array(5).fill("succeeded"));
    await repo.commit({ "src/web/server.mjs": `${files["src/web/server.mjs"]}\n// changed\n` });
    const second = await sync();
    expect(second.targets.filter(({ action }) => action === "build").map(({ target }) => target)).toEqual(["component:web"]);
  });
});
