import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { pullArtifact } from "@berth/oci/artifact";
import { serveGitRepo } from "@berth/testkit/git-http";
import { createGitRepo, type GitRepo } from "@berth/testkit/git-repo";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../apps/create.ts";
import { cancelBuild } from "../builds/cancel.ts";
import { createBuild } from "../builds/create.ts";
import { getBuild } from "../builds/get.ts";
import { listBuilds } from "../builds/list.ts";
import { requeueStaleBuilds } from "../builds/requeue-stale.ts";
import { retryBuild } from "../builds/retry.ts";
import { getConfig } from "../configs/get.ts";
import { syncConfig, type SyncResult } from "../configs/sync.ts";
import { from, makeConfig } from "../configs/testing/make-config.ts";
import type { Ctx } from "../context.ts";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import { createCredential } from "../git/credentials/create.ts";
import { startTestRegistry, type TestRegistry } from "../registry/testing.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import { claimBuild } from "./claim.ts";
import { openPushRegistry } from "./push-registry.ts";
import { runBuild } from "./run.ts";

let dataDir: string;
let system: TestSystem;
let registry: TestRegistry;
let repo: GitRepo;
let ctx: Ctx;
let appId: string;
let apps = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "berth-build-"));
  system = await createTestSystem({ settings: { dataDir, allowLocalRepos: true, toolEnv: { PATH: process.env["PATH"] ?? "" } } });
  ctx = system.ctx();
  registry = await startTestRegistry();
  registry.deps.tokenKey = registryTokenKey(system.vault);
  system.settings.publicUrl = registry.url;
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  repo = await createGitRepo({
    "sandbox/main.tf": "# sandbox",
    "sandbox/run.sh": { script: "#!/bin/sh\n" },
    "sandbox/link": { link: "main.tf" },
  });
  apps += 1;
  appId = (await createApp({ ctx, input: { name: `app-${apps}` } })).id;
});
afterEach(() => repo[Symbol.asyncDispose]());

const never = new AbortController().signal;
const sync = (directory = "sandbox", url = repo.url): Promise<SyncResult> =>
  syncConfig({ ctx, input: { appId, config: makeConfig({ sandbox: from(url, directory) }), dryRun: false } });
const syncOne = async (...args: Parameters<typeof sync>): Promise<string> => (await sync(...args)).targets[0]!.buildId!;
const run = (buildId: string, more: { signal?: AbortSignal; leaseMs?: number; on?: TestSystem } = {}): Promise<void> =>
  runBuild({
    system: more.on ?? system,
    buildId,
    signal: more.signal ?? never,
    ...(more.leaseMs && { leaseMs: more.leaseMs }),
  });
const get = (buildId: string) => getBuild({ ctx, input: { buildId } });
async function logOf(buildId: string): Promise<string> {
  const { logStreamId } = await get(buildId);
  const chunks = await ctx.db.selectFrom("log_chunks").selectAll().where("stream_id", "=", logStreamId).orderBy("start_offset").execute();
  return chunks.map(({ data, deflated }) => (deflated ? inflateRawSync(data) : data).toString()).join("");
}
const eventsOf = async (id: string): Promise<string[]> =>
  (await ctx.db.selectFrom("events").select("event").where("subject_id", "=", id).orderBy("id").execute()).map(({ event }) => event);
async function pull(buildId: string): Promise<{ files: Record<string, string>; config: unknown; kind: string }> {
  const { artifact } = await get(buildId);
  const scratch = await mkdtemp(join(dataDir, "pull-"));
  const { client } = await openPushRegistry(system).open(artifact!.repository, never);
  const { config, kind } = await pullArtifact({
    client,
    repository: artifact!.repository,
    digest: artifact!.digest,
    dir: join(scratch, "out"),
  });
  const files: Record<string, string> = {};
  for (const name of await readdir(join(scratch, "out"))) files[name] = await readFile(join(scratch, "out", name), "utf8");
  return { files, config, kind };
}

describe("a build", () => {
  it("makes an artifact of the directory's files, tells what it does, and ends succeeded", async () => {
    const buildId = await syncOne();
    await run(buildId);
    const build = await get(buildId);
    expect(build).toMatchObject({
      state: "succeeded",
      attempt: 1,
      why: "first build",
      artifact: { repository: `${ctx.orgId}/${appId}/sandbox` },
    });
    expect(await pull(buildId)).toEqual({
      kind: "terraform-module",
      config: { terraformVersion: "1.11.4", tree: build.source!.tree },
      files: { "main.tf": "# sandbox", "run.sh": "#!/bin/sh\n", link: "# sandbox" },
    });
    const log = await logOf(buildId);
    expect(log).toContain(`Fetching ${repo.url} at ${build.source!.commit} (main)\n`);
    expect(log).toMatch(/Packing 3 files, \d+ bytes, from sandbox[^]*Published .*@sha256:[0-9a-f]{64}\nSucceeded\n$/);
    expect(await eventsOf(buildId)).toEqual(["created", "started", "succeeded"]);
    const stream = await ctx.db.selectFrom("log_streams").select("closed_at").where("id", "=", build.logStreamId).executeTakeFirstOrThrow();
    expect(stream.closed_at).not.toBeNull();
    expect(await readdir(join(dataDir, "builds"))).toEqual([]);
    expect(await readdir(join(dataDir, "git"))).toEqual([]);
  });

  it("publishes to an external registry where the settings name one, below its prefix", async () => {
    const buildId = await syncOne();
    const elsewhere = { ...system.settings, externalRegistry: registry.url.replace("//", "//acme:correct%20horse@") + "/allowed" };
    await runBuild({ system: { ...system, settings: elsewhere }, buildId, signal: never });
    expect(await get(buildId)).toMatchObject({ state: "succeeded", artifact: { repository: `allowed/${ctx.orgId}/${appId}/sandbox` } });
  });

  it("fails and tells so where the registry cannot be reached", async () => {
    const buildId = await syncOne();
    const nowhere = { ...system.settings, externalRegistry: "http://127.0.0.1:1/allowed" };
    await runBuild({ system: { ...system, settings: nowhere }, buildId, signal: never });
    expect(await get(buildId)).toMatchObject({ state: "failed", failure: { reason: "registry_unavailable" } });
  });

  it("of the same files gives the same digest, from another commit, repository and time", async () => {
    const first = await syncOne();
    await run(first);
    await using twin = await createGitRepo({ "deep/down/main.tf": "# sandbox", other: "x" });
    await twin.commit({
      "deep/down/run.sh": { script: "#!/bin/sh\n" },
      "deep/down/link": { link: "main.tf" },
      ".gitattributes": "* text eol=crlf\n",
    });
    const second = await syncOne("deep/down", twin.url);
    expect(second).not.toBe(first);
    await run(second);
    expect((await get(second)).artifact!.digest).toBe((await get(first)).artifact!.digest);
    expect((await get(second)).artifact!.id).toBe((await get(first)).artifact!.id);
  });

  it("builds the commit that was synced, whatever the branch is now", async () => {
    const buildId = await syncOne();
    await repo.commit({ "sandbox/main.tf": "# newer" });
    await repo.git("commit", "--amend", "--quiet", "-m", "rewritten");
    await run(buildId);
    expect((await pull(buildId)).files["main.tf"]).toBe("# sandbox");
  });

  it("runs once, however many builders are asked", async () => {
    const buildId = await syncOne();
    const second = system.replica();
    await Promise.all([run(buildId), run(buildId, { on: second }), run(buildId)]);
    expect(await get(buildId)).toMatchObject({ state: "succeeded", attempt: 1 });
    await run(buildId);
    expect(await eventsOf(buildId)).toEqual(["created", "started", "succeeded"]);
  });

  it("wakes the workflows of the app's installs that may have waited for it", async () => {
    const { id: configId, targets } = await sync();
    const common = { org_id: ctx.orgId, app_config_id: configId! };
    await ctx.db
      .insertInto("installs")
      .values({ ...common, id: `inl-${appId}`, app_id: appId, name: "one", state: "created" })
      .execute();
    const workflow = {
      ...common,
      install_id: `inl-${appId}`,
      operation: "provision",
      params: "{}",
      created_by: "t",
      failure: null,
      waiting: null,
    };
    await ctx.db
      .insertInto("workflows")
      .values([
        { ...workflow, id: `open-${appId}`, state: "running" },
        { ...workflow, id: `done-${appId}`, state: "succeeded" },
      ])
      .execute();
    await run(targets[0]!.buildId!);
    const woken = system.enqueued.filter((job) => job.queue === "workflow-advance").map((job) => job.data);
    expect(woken).toContainEqual({ workflowId: `open-${appId}` });
    expect(woken).not.toContainEqual({ workflowId: `done-${appId}` });
  });

  it("that was waiting is cancelled at once; a builder finds nothing to do", async () => {
    const buildId = await syncOne();
    expect(await cancelBuild({ ctx, input: { buildId } })).toMatchObject({ state: "cancelled" });
    expect(await cancelBuild({ ctx, input: { buildId } })).toMatchObject({ state: "cancelled" });
    await run(buildId);
    expect(await get(buildId)).toMatchObject({ state: "cancelled", attempt: 0 });
    await expect(cancelBuild({ ctx, input: { buildId: "bld0" } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("under way stops when it is cancelled, and git with it", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave("hang");
    const running = run(buildId);
    const asked = host.requests.length;
    await expect.poll(() => host.requests.length).toBeGreaterThan(asked);
    expect(await cancelBuild({ ctx, input: { buildId } })).toMatchObject({ state: "running", cancelRequested: true });
    await running;
    expect(await get(buildId)).toMatchObject({ state: "cancelled" });
    expect(await logOf(buildId)).toMatch(/Cancelled\n$/);
    expect(await eventsOf(buildId)).toEqual(["created", "started", "cancel_requested", "cancelled"]);
  });

  it("is cancelled although the message from another replica was lost", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave("hang");
    const running = run(buildId, { leaseMs: 400 });
    await expect.poll(() => get(buildId)).toMatchObject({ state: "running" });
    await cancelBuild({ ctx: system.replica().ctx(), input: { buildId } });
    await running;
    expect(await get(buildId)).toMatchObject({ state: "cancelled" });
  });

  it("of a builder that died is taken over once its lease has run out; the dead one's late words count for nothing", async () => {
    const buildId = await syncOne();
    const dead = await claimBuild({ system, buildId, leaseMs: 60_000 });
    await run(buildId);
    expect(await get(buildId)).toMatchObject({ state: "running", attempt: 1 });
    expect(await requeueStaleBuilds({ system })).toBe(0);
    await ctx.db
      .updateTable("builds")
      .set({ lease_expires_at: sql<Date>`now() - interval '1 second'` })
      .where("id", "=", buildId)
      .execute();
    expect(await requeueStaleBuilds({ system })).toBe(1);
    expect(system.enqueued.at(-1)).toMatchObject({ queue: "build-run", data: { buildId } });
    await run(buildId);
    expect(await get(buildId)).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(dead!.build.attempt).toBe(1);
    expect(await eventsOf(buildId)).toEqual(["created", "started", "taken_over", "succeeded"]);
  });

  it("that somebody else has taken over stops without a word", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave("hang");
    const slow = run(buildId, { leaseMs: 400 });
    await expect.poll(() => get(buildId)).toMatchObject({ state: "running" });
    await ctx.db
      .updateTable("builds")
      .set({ attempt: 2, lease_expires_at: sql<Date>`now() + interval '1 hour'` })
      .where("id", "=", buildId)
      .execute();
    await slow;
    expect(await get(buildId)).toMatchObject({ state: "running", attempt: 2 });
  });

  it("is given up after several builders have died of it", async () => {
    const buildId = await syncOne();
    await ctx.db.updateTable("builds").set({ attempt: 5 }).where("id", "=", buildId).execute();
    await run(buildId);
    expect(await get(buildId)).toMatchObject({ state: "failed", failure: { reason: "internal" } });
  });

  it("goes back to the queue when its builder shuts down", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave("hang");
    const stop = new AbortController();
    const running = run(buildId, { signal: stop.signal });
    await expect.poll(() => get(buildId)).toMatchObject({ state: "running" });
    stop.abort(new Error("shutting down"));
    await running;
    expect(await get(buildId)).toMatchObject({ state: "queued" });
    expect(system.enqueued.at(-1)).toMatchObject({ queue: "build-run", data: { buildId } });
    host.behave("normal");
    await run(buildId);
    expect(await get(buildId)).toMatchObject({ state: "succeeded", attempt: 2 });
  });

  it("tries again what may pass by itself, and says so", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave({ status: 503 });
    const running = run(buildId);
    await expect.poll(() => logOf(buildId), { timeout: 10_000 }).toMatch(/503[^]*Trying to fetch the source again \(2 of 4\)/);
    host.behave("normal");
    await running;
    expect(await get(buildId)).toMatchObject({ state: "succeeded", attempt: 1 });
  });

  it("fails with git's own words where the source is gone for good", async () => {
    await using host = await serveGitRepo({ repo });
    const buildId = await syncOne("sandbox", host.url);
    host.behave({ status: 404 });
    await run(buildId);
    const build = await get(buildId);
    expect(build).toMatchObject({ state: "failed", failure: { reason: "source_unavailable" } });
    expect(build.failure!.detail).toMatch(/git could not read http:.*not found/);
    expect(await logOf(buildId)).toMatch(/Failed \(source_unavailable\): git could not read/);
  });

  it("fails where the directory has no Terraform files, and guesses which was meant", async () => {
    await repo.commit({ "stack/live/main.tf": "", "stack/README.md": "" });
    const buildId = await syncOne("stack");
    await run(buildId);
    expect(await get(buildId)).toMatchObject({
      state: "failed",
      failure: { reason: "archive_refused", detail: expect.stringMatching(/no Terraform files .*did you mean stack\/live\?/) as string },
    });
  });

  it("refuses a symbolic link that leads out of the directory", async () => {
    await repo.commit({ "sandbox/passwords": { link: "../../../../etc/passwd" } });
    const buildId = await syncOne();
    await run(buildId);
    expect(await get(buildId)).toMatchObject({
      state: "failed",
      failure: { reason: "archive_refused", detail: expect.stringContaining("passwords") as string },
    });
  });

  it("writes nothing to disk for a small pack that holds too much", async () => {
    await repo.commit({ "sandbox/zeros-0": Buffer.alloc(40 * 1024 * 1024) });
    const blob = await repo.git("rev-parse", "HEAD:sandbox/zeros-0");
    const more = Array.from({ length: 29 }, (_, index) => ["--cacheinfo", `100644,${blob},sandbox/zeros-${index + 1}`]);
    await repo.git("update-index", "--add", ...more.flat());
    await repo.git("commit", "--quiet", "-m", "1.2 GB of one blob");
    const buildId = await syncOne();
    await run(buildId);
    expect(await get(buildId)).toMatchObject({
      state: "failed",
      failure: { reason: "source_refused", detail: expect.stringMatching(/bytes, more than/) as string },
    });
  });

  it("never shows the credential: not in its log, its failure or any row", async () => {
    const password = "tok3n-nobody-may-see";
    await using host = await serveGitRepo({ repo, login: { username: "bot", password } });
    await createCredential({ ctx, input: { urlPrefix: host.url, username: "bot", password } });
    const config = makeConfig({ sandbox: { ...from(host.url, "sandbox"), kind: "connected" } });
    const buildId = (await syncConfig({ ctx, input: { appId, config, dryRun: false } })).targets[0]!.buildId!;
    host.behave({ status: 403 });
    await run(buildId);
    const failed = await get(buildId);
    expect(failed.state).toBe("failed");
    host.behave("normal");
    const again = await retryBuild({ ctx, input: { buildId } });
    await run(again.id);
    expect(await get(again.id)).toMatchObject({ state: "succeeded" });
    const told = JSON.stringify([
      failed,
      await logOf(buildId),
      await logOf(again.id),
      await ctx.db.selectFrom("events").selectAll().execute(),
    ]);
    expect(told).not.toContain(password);
    expect(told).not.toContain(Buffer.from(`bot:${password}`).toString("base64"));
  });
});

describe("a build that a person asks for", () => {
  it("is made although nothing changed; the config goes over to it once it has succeeded", async () => {
    const { id: configId, targets } = await sync();
    const first = targets[0]!.buildId!;
    await run(first);
    const forced = await createBuild({ ctx, input: { appId, target: "sandbox", source: "pinned" } });
    expect(forced).toMatchObject({ forced: true, why: "asked for", appConfigId: configId });
    const used = async () => (await getConfig({ ctx, input: { appId, version: "latest" } })).targets[0]!.build!.id;
    expect(await used()).toBe(first);
    await run(forced.id);
    expect(await used()).toBe(forced.id);
    expect((await get(forced.id)).artifact!.digest).toBe((await get(first)).artifact!.digest);
  });

  it("at the latest source makes a new version where the files moved, and none where they did not", async () => {
    await run(await syncOne());
    await repo.commit({ "README.md": "x" });
    expect(await createBuild({ ctx, input: { appId, target: "sandbox", source: "latest" } })).toMatchObject({ forced: true });
    expect((await getConfig({ ctx, input: { appId, version: "latest" } })).version).toBe(1);
    const commit = await repo.commit({ "sandbox/main.tf": "# moved" });
    const build = await createBuild({ ctx, input: { appId, target: "sandbox", source: "latest" } });
    expect(build).toMatchObject({ why: expect.stringContaining("source changed") as string, source: { commit } });
    expect(await getConfig({ ctx, input: { appId, version: "latest" } })).toMatchObject({
      version: 2,
      targets: [{ build: { id: build.id } }],
    });
  });

  it("must be of something the latest config builds", async () => {
    await expect(createBuild({ ctx, input: { appId, target: "sandbox", source: "pinned" } })).rejects.toMatchObject({
      code: "state_conflict",
    });
    await sync();
    await expect(createBuild({ ctx, input: { appId, target: "web", source: "pinned" } })).rejects.toThrow(/it builds sandbox/);
  });

  it("as a retry is a new one of the same source, which the config then uses; asked twice it is one", async () => {
    const buildId = await syncOne();
    await expect(retryBuild({ ctx, input: { buildId } })).rejects.toMatchObject({ code: "state_conflict" });
    await cancelBuild({ ctx, input: { buildId } });
    const again = await retryBuild({ ctx, input: { buildId } });
    expect(again).toMatchObject({ state: "queued", why: `retry of ${buildId}` });
    expect((await retryBuild({ ctx, input: { buildId } })).id).toBe(again.id);
    expect((await getConfig({ ctx, input: { appId, version: "latest" } })).targets[0]!.build!.id).toBe(again.id);
    await run(again.id);
    await expect(retryBuild({ ctx, input: { buildId: again.id } })).rejects.toThrow(/has succeeded/);
  });
});

describe("builds", () => {
  it("are listed newest first, by app, target and state, page by page", async () => {
    const first = await syncOne();
    await cancelBuild({ ctx, input: { buildId: first } });
    const second = await retryBuild({ ctx, input: { buildId: first } });
    const page = await listBuilds({ ctx, input: { appId, limit: 1 } });
    expect(page.items.map(({ id }) => id)).toEqual([second.id]);
    expect((await listBuilds({ ctx, input: { appId, limit: 1, cursor: page.next } })).items.map(({ id }) => id)).toEqual([first]);
    expect((await listBuilds({ ctx, input: { appId, state: "cancelled", limit: 9 } })).items.map(({ id }) => id)).toEqual([first]);
    expect((await listBuilds({ ctx, input: { appId, target: "component:x", limit: 9 } })).items).toEqual([]);
  });

  it("of another organisation are not found", async () => {
    const buildId = await syncOne();
    const other = system.ctx((await createTestOrg(system)).id);
    const notFound = { code: "not_found" };
    await expect(getBuild({ ctx: other, input: { buildId } })).rejects.toMatchObject(notFound);
    await expect(cancelBuild({ ctx: other, input: { buildId } })).rejects.toMatchObject(notFound);
    await expect(retryBuild({ ctx: other, input: { buildId } })).rejects.toMatchObject(notFound);
    await expect(createBuild({ ctx: other, input: { appId, target: "sandbox", source: "pinned" } })).rejects.toMatchObject(notFound);
    await expect(listBuilds({ ctx: other, input: { appId, limit: 1 } })).rejects.toMatchObject(notFound);
    expect((await listBuilds({ ctx: other, input: { limit: 50 } })).items).toEqual([]);
  });
});
