import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveGitRepo } from "@berth/testkit/git-http";
import { createGitRepo, type GitRepo } from "@berth/testkit/git-repo";
import type { AppConfig } from "@berth/toml-schema/app-config";
import { createApp } from "../apps/create.ts";
import { getApp } from "../apps/get.ts";
import { listAppActions } from "../apps/list-actions.ts";
import { listApps } from "../apps/list.ts";
import { endBuild, type BuildEnd } from "../builds/end.ts";
import { listComponents } from "../components/list.ts";
import type { Ctx } from "../context.ts";
import { createCredential } from "../git/credentials/create.ts";
import { deleteCredential } from "../git/credentials/delete.ts";
import { listCredentials } from "../git/credentials/list.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import { compareConfigs } from "./diff.ts";
import { getConfig } from "./get.ts";
import { listConfigs } from "./list.ts";
import { syncConfig, type SyncResult } from "./sync.ts";
import { from, makeConfig } from "./testing/make-config.ts";

let dataDir: string;
let system: TestSystem;
let repo: GitRepo;
let appId: string;
let ctx: Ctx;
let apps = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-sync-"));
  system = await createTestSystem({ settings: { dataDir, allowLocalRepos: true, toolEnv: { PATH: process.env["PATH"] ?? "" } } });
  ctx = system.ctx();
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  repo = await createGitRepo({ "sandbox/main.tf": "", "db/main.tf": "a", "web/main.tf": "b", "scripts/run.sh": { script: "#!/bin/sh\n" } });
  apps += 1;
  appId = (await createApp({ ctx, input: { name: `app-${apps}` } })).id;
  system.enqueued.splice(0);
});
afterEach(() => repo[Symbol.asyncDispose]());

const threeTargets = (vars: Record<string, string> = {}): AppConfig =>
  makeConfig({
    sandbox: from(repo.url, "sandbox"),
    components: [
      { name: "db", repo: from(repo.url, "db") },
      { name: "web", repo: from(repo.url, "web"), vars, dependencies: ["db"] },
    ],
  });
const sync = (config: unknown, options: { dryRun?: boolean; ctx?: Ctx } = {}): Promise<SyncResult> =>
  syncConfig({ ctx: options.ctx ?? ctx, input: { appId, config, dryRun: options.dryRun ?? false } });
const decisions = (result: SyncResult): Record<string, string> =>
  Object.fromEntries(result.targets.map(({ target, action, why }) => [target, `${action}: ${why}`]));
const finishAll = async (end: (id: string) => BuildEnd): Promise<void> => {
  const open = await ctx.db.selectFrom("builds").select(["id"]).where("app_id", "=", appId).where("state", "=", "queued").execute();
  for (const { id } of open) {
    await ctx.db.updateTable("builds").set({ state: "running", attempt: 1 }).where("id", "=", id).execute();
    await endBuild(ctx, { buildId: id, attempt: 1, end: end(id) });
  }
};
const succeedAll = async (): Promise<void> => {
  const artifact = await ctx.db
    .insertInto("artifacts")
    .values({ id: `art-${appId}`, org_id: ctx.orgId, app_id: appId, repository: "r", digest: `sha256:${appId}`, media_type: "m", size: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  await finishAll(() => ({ event: "succeed", artifactId: artifact?.id ?? `art-${appId}` }));
};
const countRows = async (table: "app_configs" | "builds" | "components"): Promise<number> =>
  (await ctx.db.selectFrom(table).select("id").where("app_id", "=", appId).execute()).length;

describe("a sync", () => {
  it("stores version 1, starts a build of each target, and resolves branch → commit → tree", async () => {
    const commit = await repo.git("rev-parse", "HEAD");
    const result = await sync(threeTargets());
    expect(result).toMatchObject({ version: 1, changed: true, dryRun: false, summary: "3 to build, 0 reused" });
    expect(decisions(result)).toEqual({
      sandbox: "build: first build",
      "component:db": "build: first build",
      "component:web": "build: first build",
    });
    expect(result.targets[2]!.source).toEqual({
      repo: repo.url,
      directory: "web",
      ref: "main",
      commit,
      tree: await repo.tree(commit, "web"),
    });
    expect(system.enqueued.map((job) => job.queue)).toEqual(["build-run", "build-run", "build-run"]);
    const stored = await getConfig({ ctx, input: { appId, version: "latest" } });
    expect(stored.config).toEqual(JSON.parse(JSON.stringify(threeTargets())));
    expect(stored.targets.map(({ target, build }) => `${target} ${build?.state}`)).toEqual([
      "component:db queued",
      "component:web queued",
      "sandbox queued",
    ]);
    expect(await getApp({ ctx, input: { appId } })).toMatchObject({ latestConfig: { id: result.id, version: 1 } });
    const events = await ctx.db.selectFrom("events").select(["event", "data"]).where("subject_id", "=", result.id!).execute();
    expect(events).toMatchObject([{ event: "created", data: { version: 1, builds: 3 } }]);
  });

  it("of the same config and sources changes nothing and gives the version there is", async () => {
    const first = await sync(threeTargets());
    await succeedAll();
    system.enqueued.splice(0);
    const second = await sync(threeTargets());
    expect(second).toMatchObject({ id: first.id, version: 1, changed: false, changes: [], summary: "nothing changed" });
    expect(new Set(Object.values(decisions(second)))).toEqual(new Set(["reuse: unchanged"]));
    expect(await countRows("builds")).toBe(3);
    expect(await countRows("app_configs")).toBe(1);
    expect(system.enqueued).toEqual([]);
  });

  it("builds only the component whose directory changed in git, and says from which commit to which", async () => {
    await sync(threeTargets());
    await succeedAll();
    const before = (await repo.git("rev-parse", "HEAD")).slice(0, 7);
    const after = (await repo.commit({ "web/main.tf": "changed" })).slice(0, 7);
    const result = await sync(threeTargets());
    expect(result).toMatchObject({ version: 2, changed: true, changes: [`component "web": source changed ${before} → ${after} (main)`] });
    expect(decisions(result)).toEqual({
      sandbox: "reuse: unchanged",
      "component:db": "reuse: unchanged",
      "component:web": `build: source changed ${before} → ${after}`,
    });
  });

  it("takes no notice of a commit that touches no directory of the app", async () => {
    await sync(threeTargets());
    await repo.commit({ "README.md": "hello" });
    expect(await sync(threeTargets())).toMatchObject({ version: 1, changed: false });
  });

  it("builds a component whose settings or included files changed, and names the keys", async () => {
    await sync(threeTargets({ size: "1" }));
    await succeedAll();
    expect(decisions(await sync(threeTargets({ size: "2" })))["component:web"]).toBe("build: config changed: vars.size");
    await succeedAll();
    const config = threeTargets({ size: "2" });
    Object.assign(config.components[0]!, { varFiles: ["region = 1"] });
    expect(decisions(await sync(config))["component:db"]).toBe("build: config changed: var_files");
  });

  it("takes an older build again where config and sources went back", async () => {
    const first = await sync(threeTargets({ size: "1" }));
    await succeedAll();
    await sync(threeTargets({ size: "2" }));
    await succeedAll();
    const third = await sync(threeTargets({ size: "1" }));
    const web = third.targets.find(({ target }) => target === "component:web")!;
    expect(third.version).toBe(3);
    expect(web).toMatchObject({ action: "reuse", buildId: first.targets.find(({ target }) => target === "component:web")!.buildId });
  });

  it("waits for a build that is under way instead of starting another", async () => {
    const first = await sync(threeTargets());
    const again = await sync(threeTargets());
    expect(decisions(again)["sandbox"]).toBe("reuse: is being built already");
    expect(again.targets[0]!.buildId).toBe(first.targets[0]!.buildId);
  });

  it("builds again what failed, in the version that is there", async () => {
    const first = await sync(threeTargets());
    await finishAll(() => ({ event: "fail", failure: { reason: "source_unavailable", detail: "x" } }));
    const second = await sync(threeTargets());
    expect(second).toMatchObject({ id: first.id, changed: false, summary: "nothing changed in the config; 3 to build, 0 reused" });
    expect(decisions(second)["sandbox"]).toBe("build: the last build failed: source_unavailable");
    const stored = await getConfig({ ctx, input: { appId, version: "1" } });
    expect(stored.targets.every(({ build }) => build?.state === "queued")).toBe(true);
  });

  it("as a dry run tells the same and stores nothing", async () => {
    const dry = await sync(threeTargets(), { dryRun: true });
    expect(dry).toMatchObject({ version: 1, changed: true, dryRun: true });
    expect(dry.id).toBeUndefined();
    expect(dry.targets.every((target) => target.buildId === undefined)).toBe(true);
    expect([await countRows("app_configs"), await countRows("builds"), await countRows("components")]).toEqual([0, 0, 0]);
    const real = await sync(threeTargets());
    expect(decisions(real)).toEqual(decisions(dry));
    expect(await sync(threeTargets(), { dryRun: true })).toMatchObject({ id: real.id, changed: false });
  });

  it("that fails stores nothing: a shape that is none, a circle, an unknown directory or branch, a hostile source", async () => {
    const circle = threeTargets();
    circle.components[0]!.dependencies = ["web"];
    const named = (name: string): AppConfig =>
      makeConfig({ sandbox: from(repo.url, "sandbox"), components: [{ name, repo: from(repo.url, "db") }] });
    const sandboxAt = (url: string, directory = "sandbox", branch = "main"): AppConfig =>
      makeConfig({ sandbox: from(url, directory, branch) });
    const cases: [unknown, RegExp][] = [
      [null, /expected object/],
      [{ ...threeTargets(), components: "x" }, /components/],
      [circle, /depend/],
      [named("../x"), /not a name/],
      [sandboxAt(repo.url, "nope"), /sandbox\.toml:1:1: the sandbox: "nope" does not exist/],
      [sandboxAt(repo.url, "../.."), /director/],
      [sandboxAt(repo.url, "sandbox", "nope"), /no branch or tag "nope"/],
      [sandboxAt(repo.url, "sandbox", "--upload-pack=id"), /branch/],
      [sandboxAt("ext::sh -c id"), /./],
      [sandboxAt("https://user:secret@example.com/x"), /credentials in it/],
      [sandboxAt("file:///nonexistent/repo"), /could not read/],
    ];
    for (const [config, message] of cases) {
      await expect(sync(config)).rejects.toMatchObject({ code: "invalid_config", message: expect.stringMatching(message) as string });
    }
    expect([await countRows("app_configs"), await countRows("builds"), await countRows("components")]).toEqual([0, 0, 0]);
  });

  it("names every wrong source with its file, not only the first", async () => {
    const config = makeConfig({
      sandbox: from(repo.url, "nope"),
      components: [{ name: "db", repo: from(repo.url, "db", "gone") }],
    });
    const error = await sync(config).catch((thrown: unknown) => thrown as { meta: { diagnostics: { file: string; code: string }[] } });
    expect((error as { meta: { diagnostics: unknown } }).meta.diagnostics).toMatchObject([
      { file: "components/db.toml", code: "source_unusable" },
      { file: "sandbox.toml", code: "source_unusable" },
    ]);
  });

  it("refuses local repositories where the operator has not allowed them", async () => {
    const strict: Ctx = { ...ctx, system: { ...system, settings: { ...system.settings, allowLocalRepos: false } } };
    await expect(sync(threeTargets(), { ctx: strict })).rejects.toThrow(/BERTH_ALLOW_LOCAL_REPOS/);
  });

  it("at the same time as others makes one version of it", async () => {
    const config = threeTargets();
    const results = await Promise.all(Array.from({ length: 5 }, () => sync(config)));
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(results.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await countRows("builds")).toBe(3);

    const different = await Promise.all([1, 2, 3, 4].map((size) => sync(threeTargets({ size: String(size) }))));
    expect(new Set(different.map(({ version }) => version))).toEqual(new Set([2, 3, 4, 5]));
  });

  it("notes components and actions that came, went and came back; they keep their ids", async () => {
    const both = threeTargets();
    const one = makeConfig({
      sandbox: from(repo.url, "sandbox"),
      components: [{ name: "db", repo: from(repo.url, "db") }],
      actions: [{ name: "check", steps: [{ name: "run", repo: from(repo.url, "scripts") }, { name: "inline" }] }],
    });
    await sync(both);
    const [, web] = await listComponents({ ctx, input: { appId } });
    expect(web).toMatchObject({ name: "web", dependencies: ["db"], removed: false, build: { state: "queued" } });
    const second = await sync(one);
    expect(second.changes).toEqual(['component "web" removed', 'action "check" added']);
    expect(decisions(second)["action:check/run"]).toBe("build: first build");
    expect(second.targets).toHaveLength(3);
    expect((await listComponents({ ctx, input: { appId } }))[1]).toMatchObject({ id: web!.id, removed: true });
    expect(await listAppActions({ ctx, input: { appId } })).toMatchObject([{ name: "check", steps: ["run", "inline"] }]);
    await sync(both);
    expect((await listComponents({ ctx, input: { appId } }))[1]).toMatchObject({ id: web!.id, removed: false });
    expect(await listAppActions({ ctx, input: { appId } })).toEqual([]);
  });

  it("keeps every version; two of them can be compared", async () => {
    await sync(threeTargets({ size: "1" }));
    await sync(threeTargets({ size: "2" }));
    const page = await listConfigs({ ctx, input: { appId, limit: 1 } });
    expect(page.items.map(({ version }) => version)).toEqual([2]);
    expect((await listConfigs({ ctx, input: { appId, limit: 1, cursor: page.next } })).items.map(({ version }) => version)).toEqual([1]);
    const diff = await compareConfigs({ ctx, input: { appId, version: "2" } });
    expect(diff).toMatchObject({ from: 1, to: 2, empty: false, changes: ['component "web" changed: vars.size "1" → "2"'] });
    expect(await compareConfigs({ ctx, input: { appId, version: "1", from: "1" } })).toMatchObject({ empty: true, changes: [] });
  });

  it("reads a connected repository with the org's credential, whose secret no row, event or message tells", async () => {
    const password = "s3cr3t-of-the-org";
    await using host = await serveGitRepo({ repo, login: { username: "bot", password } });
    const config = makeConfig({ sandbox: { ...from(host.url, "sandbox"), kind: "connected" } });
    await expect(sync(config)).rejects.toThrow(/has no git credential/);
    const credential = await createCredential({
      ctx,
      input: { urlPrefix: new URL(host.url).origin, username: "bot", password: "wrong" },
    });
    await expect(sync(config)).rejects.toMatchObject({ code: "invalid_config", message: expect.not.stringContaining("wrong") as string });
    await deleteCredential({ ctx, input: { credentialId: credential.id } });
    await createCredential({ ctx, input: { urlPrefix: host.url, username: "bot", password } });
    expect(await sync(config)).toMatchObject({ version: 1 });
    expect(JSON.stringify(await listCredentials({ ctx }))).not.toContain(password);
    for (const table of ["events", "app_configs", "builds", "git_credentials", "git_trees"] as const) {
      expect(JSON.stringify(await ctx.db.selectFrom(table).selectAll().execute())).not.toContain(password);
    }
  });

  it("does not fetch again for a commit whose directories it knows", async () => {
    await using host = await serveGitRepo({ repo });
    const config = makeConfig({ sandbox: from(host.url, "sandbox") });
    await sync(config, { dryRun: true });
    const before = host.requests.length;
    await sync(config);
    // The names of its branches, and that is all.
    expect(host.requests.length - before).toBeLessThanOrEqual(2);
    expect(before).toBeGreaterThan(2);
  });

  it("says that a git host cannot be reached now, apart from what is wrong with the config", async () => {
    await using host = await serveGitRepo({ repo });
    host.behave({ status: 503 });
    await expect(sync(makeConfig({ sandbox: from(host.url, "sandbox") }))).rejects.toMatchObject({ code: "upstream_failed" });
    expect(await countRows("app_configs")).toBe(0);
  });
});

describe("another organisation", () => {
  it("finds neither app, config, component, action nor credential", async () => {
    const synced = await sync(threeTargets());
    const credential = await createCredential({ ctx, input: { urlPrefix: "https://git.example.com/own", password: "x" } });
    const other = system.ctx((await createTestOrg(system)).id);
    const notFound = { code: "not_found" };
    const input = { appId };
    await expect(getApp({ ctx: other, input })).rejects.toMatchObject(notFound);
    await expect(sync(threeTargets(), { ctx: other })).rejects.toMatchObject(notFound);
    await expect(listConfigs({ ctx: other, input: { ...input, limit: 10 } })).rejects.toMatchObject(notFound);
    await expect(getConfig({ ctx: other, input: { ...input, version: synced.id! } })).rejects.toMatchObject(notFound);
    await expect(compareConfigs({ ctx: other, input: { ...input, version: "1" } })).rejects.toMatchObject(notFound);
    await expect(listComponents({ ctx: other, input })).rejects.toMatchObject(notFound);
    await expect(listAppActions({ ctx: other, input })).rejects.toMatchObject(notFound);
    await expect(deleteCredential({ ctx: other, input: { credentialId: credential.id } })).rejects.toMatchObject(notFound);
    expect(await listCredentials({ ctx: other })).toEqual([]);
    expect((await listApps({ ctx: other, input: { limit: 50 } })).items).toEqual([]);
    const own = await createApp({ ctx: other, input: { name: `app-${apps}` } });
    await expect(getConfig({ ctx: other, input: { appId: own.id, version: synced.id! } })).rejects.toMatchObject(notFound);
  });
});

describe("an app", () => {
  it("has a name of its own in its organisation and is found by it; lists go page by page", async () => {
    const name = `app-${apps}`;
    await expect(createApp({ ctx, input: { name } })).rejects.toMatchObject({ code: "name_taken" });
    expect((await getApp({ ctx, input: { appId: name } })).id).toBe(appId);
    const seen: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await listApps({ ctx, input: { cursor, limit: 3 } });
      seen.push(...page.items.map((app) => app.name));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: apps }, (_, index) => `app-${index + 1}`).toSorted());
  });
});

describe("a git credential", () => {
  it("must fit its URL, and there is one per URL", async () => {
    const create = (input: Parameters<typeof createCredential>[0]["input"]) => createCredential({ ctx, input });
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----";
    await expect(create({ urlPrefix: "https://git.example.com/a", privateKey: key })).rejects.toThrow(/password or token/);
    await expect(create({ urlPrefix: "ssh://git.example.com/a", password: "x" })).rejects.toThrow(/private key/);
    await expect(create({ urlPrefix: "https://git.example.com/a", password: "a\nb" })).rejects.toThrow(/one line/);
    expect(await create({ urlPrefix: "ssh://git@git.example.com/a.git", privateKey: key })).toMatchObject({
      urlPrefix: "ssh://git.example.com/a",
      kind: "ssh_key",
    });
    await expect(create({ urlPrefix: "ssh://git.example.com/a/", privateKey: key })).rejects.toMatchObject({ code: "name_taken" });
  });
});
