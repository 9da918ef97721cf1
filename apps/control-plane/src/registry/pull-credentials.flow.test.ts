import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pullCredentialsContract } from "@berth/api/contract/pull-credentials";
import { sha256 } from "@berth/kit/digest";
import { newId } from "@berth/kit/ids";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { itNeeds } from "@berth/testkit/programs";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createDiskStore } from "../blobs/disk-store.ts";
import { mountPullCredentialsRoutes } from "../routes/pull-credentials.ts";
import { testApp } from "../testing/http.ts";
import { createTestInstall, type TestInstall } from "../testing/install.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import { createToken } from "../tokens/create.ts";
import { registryOf } from "./mount.ts";

type Made = z.output<(typeof pullCredentialsContract)["installs.pullCredentials.create"]["response"]>;

let dir: string;
let system: TestSystem;
let server: ReturnType<typeof serve>;
let vendor: RegistryClient;
let acme: TestInstall;
let other: TestInstall;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-pulls-"));
  system = await createTestSystem({ blobs: await createDiskStore({ dir }) });
  server = serve({ fetch: registryOf(system).fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  system.settings.publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vendor = client(system.org.token);
  acme = await createTestInstall(system, system.org.id);
  other = await createTestInstall(system, system.org.id);
});
afterAll(async () => {
  if ("closeAllConnections" in server) server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await system[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const host = (): string => new URL(system.settings.publicUrl).host;
const client = (password: string): RegistryClient =>
  createRegistryClient({ url: system.settings.publicUrl, auth: { username: "berth", password } });

/** Pushes an image as the vendor and makes it what a target of a config, or of what stands, was built into. */
async function publish(install: TestInstall, name: string, as: "configured" | "standing"): Promise<{ repository: string; digest: string }> {
  const { db } = system;
  const { orgId, appId, appConfigId, installId } = install;
  const repository = `${orgId}/${appId}/component/${name}`;
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [] }, name }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: sha256(config), size: config.length },
      layers: [],
    }),
  );
  const digest = sha256(manifest);
  await vendor.putBlob({ repository, digest: sha256(config), size: config.length, source: config });
  await vendor.putManifest({ repository, reference: digest, bytes: manifest, mediaType: mediaTypes.manifest });
  const artifact = newId("artifact");
  const build = newId("build");
  const target = `component:${name}`;
  const size = manifest.length;
  await db
    .insertInto("artifacts")
    .values({ id: artifact, org_id: orgId, app_id: appId, repository, digest, media_type: mediaTypes.manifest, size })
    .execute();
  await db
    .insertInto("builds")
    .values({
      id: build,
      org_id: orgId,
      app_id: appId,
      app_config_id: appConfigId,
      target,
      checksum: name,
      state: "succeeded",
      artifact_id: artifact,
      log_stream_id: newId("logStream"),
      source: null,
      failure: null,
      facts: null,
    })
    .execute();
  if (as === "configured")
    await db
      .insertInto("app_config_targets")
      .values({ app_config_id: appConfigId, org_id: orgId, target, checksum: name, build_id: build })
      .execute();
  else
    await db
      .insertInto("install_targets")
      .values({ install_id: installId, org_id: orgId, target, state: "active", build_id: build })
      .execute();
  return { repository, digest };
}

const routes = pullCredentialsContract;
async function call(method: string, path: string, body?: unknown, org = system.org.id): Promise<Response> {
  const app = testApp(system, mountPullCredentialsRoutes);
  return await app.request(`/v1/installs/${path}`, {
    method,
    headers: { "x-org": org },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
async function create(install: TestInstall, body: { name: string; expiresInDays?: number } = { name: "nodes" }): Promise<Made> {
  const response = await call("POST", `${install.installId}/pull-credentials`, body);
  expect(response.status).toBe(201);
  return routes["installs.pullCredentials.create"].response.parse(await response.json());
}
const revoke = (install: TestInstall, id: string): Promise<Response> => call("DELETE", `${install.installId}/pull-credentials/${id}`);
const refused = /refus|allow|unauthor|credentials|denied/i;

describe("a pull credential of an install", () => {
  it("pulls what the pinned config consists of and what stands, and does nothing else", async () => {
    const web = await publish(acme, "web", "configured");
    const old = await publish(acme, "old", "standing");
    const foreign = await publish(other, "web", "configured");
    const made = await create(acme);
    expect(made).toMatchObject({ server: host(), username: "berth", credential: { kind: "person", name: "nodes" } });
    const { auths } = JSON.parse(made.dockerConfig) as { auths: Record<string, { auth: string }> };
    expect(Buffer.from(auths[host()]?.auth ?? "", "base64").toString()).toBe(`berth:${made.password}`);

    const cluster = client(made.password);
    for (const { repository, digest } of [web, old]) {
      expect((await cluster.getManifest({ repository, reference: digest })).digest).toBe(digest);
      await expect(cluster.putBlob({ repository, digest: sha256("x"), size: 1, source: Buffer.from("x") })).rejects.toThrow(refused);
      await expect(
        cluster.putManifest({ repository, reference: "v1", bytes: Buffer.from("{}"), mediaType: mediaTypes.manifest }),
      ).rejects.toThrow(refused);
    }
    await expect(cluster.getManifest({ repository: foreign.repository, reference: foreign.digest })).rejects.toThrow(refused);
    const stranger = client((await create(other)).password);
    await expect(stranger.getManifest({ repository: web.repository, reference: web.digest })).rejects.toThrow(refused);
    expect((await stranger.getManifest({ repository: foreign.repository, reference: foreign.digest })).digest).toBe(foreign.digest);
  });

  it("is stored as a hash, listed without its password, and known to its own organisation alone", async () => {
    const made = await create(acme, { name: "listed", expiresInDays: 30 });
    const row = await system.db.selectFrom("pull_credentials").selectAll().where("id", "=", made.credential.id).executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(made.password);
    expect(row.secret_enc).toBeNull();
    const listed = await (await call("GET", `${acme.installId}/pull-credentials`)).text();
    expect(routes["installs.pullCredentials.list"].response.parse(JSON.parse(listed)).items[0]).toMatchObject({
      name: "listed",
      id: row.id,
    });
    expect(listed).not.toContain(made.password);
    const elsewhere = await createTestOrg(system);
    for (const [method, path] of [
      ["GET", `${acme.installId}/pull-credentials`],
      ["POST", `${acme.installId}/pull-credentials`],
      ["DELETE", `${acme.installId}/pull-credentials/${row.id}`],
    ] as const)
      expect((await call(method, path, method === "POST" ? { name: "x" } : undefined, elsewhere.id)).status).toBe(404);
    expect((await revoke(other, row.id)).status).toBe(404);
  });

  it("is refused at once when it is revoked, with every token that was made from it", async () => {
    const { repository, digest } = await publish(acme, "revoked", "configured");
    const made = await create(acme, { name: "short-lived" });
    const basic = `Basic ${Buffer.from(`berth:${made.password}`).toString("base64")}`;
    const issued = await fetch(`${system.settings.publicUrl}/v2/token?scope=repository:${repository}:pull`, {
      headers: { authorization: basic },
    });
    const { token } = (await issued.json()) as { token: string };
    const look = async (authorization: string): Promise<number> =>
      (await fetch(`${system.settings.publicUrl}/v2/${repository}/manifests/${digest}`, { headers: { authorization } })).status;
    expect([await look(basic), await look(`Bearer ${token}`)]).toEqual([200, 200]);
    expect((await revoke(acme, made.credential.id)).status).toBe(204);
    expect([await look(basic), await look(`Bearer ${token}`)]).toEqual([401, 401]);
    expect((await revoke(acme, made.credential.id)).status).toBe(204);
    const events = await system.db
      .selectFrom("events")
      .select("event")
      .where("subject_id", "=", made.credential.id)
      .orderBy("id")
      .execute();
    expect(events.map(({ event }) => event)).toEqual(["created", "revoked"]);
  });

  it("ends with its time, and with its install", async () => {
    const { repository, digest } = await publish(other, "late", "configured");
    const expiring = await create(other, { name: "expiring", expiresInDays: 1 });
    const lasting = await create(other, { name: "lasting" });
    const pull = (password: string): Promise<unknown> => client(password).getManifest({ repository, reference: digest });
    await pull(expiring.password);
    await system.db
      .updateTable("pull_credentials")
      .set({ expires_at: new Date(0) })
      .where("id", "=", expiring.credential.id)
      .execute();
    await expect(pull(expiring.password)).rejects.toThrow(refused);
    await pull(lasting.password);
    await system.db.updateTable("installs").set({ forgotten_at: new Date() }).where("id", "=", other.installId).execute();
    await expect(pull(lasting.password)).rejects.toThrow(refused);
    await system.db.updateTable("installs").set({ forgotten_at: null }).where("id", "=", other.installId).execute();
  });
});

describe("API tokens at the registry", () => {
  it("of a vendor work until they are revoked, tokens made from them too; one of a customer does not", async () => {
    const { repository, digest } = await publish(acme, "tokens", "configured");
    const { secret, token } = await createToken(system.ctx(), { name: "ci" });
    const ci = client(secret);
    await ci.getManifest({ repository, reference: digest });
    await system.db.updateTable("api_tokens").set({ revoked_at: new Date() }).where("id", "=", token.id).execute();
    await expect(ci.getManifest({ repository, reference: digest })).rejects.toThrow(refused);
    const customer = await createToken(system.ctx(), { name: "customer", installId: acme.installId });
    await expect(client(customer.secret).getManifest({ repository, reference: digest })).rejects.toThrow(refused);
  });
});

describe("skopeo with a pull credential", () => {
  const run = promisify(execFile);
  const itWithSkopeo = itNeeds("skopeo");

  itWithSkopeo(
    "inspects and copies with the docker config as it is given, not what another install has, and not after it was revoked",
    async () => {
      const { repository, digest } = await publish(acme, "skopeo", "configured");
      const foreign = await publish(other, "skopeo", "configured");
      const made = await create(acme, { name: "skopeo" });
      const work = await mkdtemp(join(tmpdir(), "berth-skopeo-"));
      try {
        const authfile = join(work, "config.json");
        await writeFile(authfile, made.dockerConfig);
        const skopeo = (...args: string[]): Promise<unknown> =>
          run("skopeo", ["--insecure-policy", "--tmpdir", work, ...args], {
            env: { PATH: process.env["PATH"], HOME: work, XDG_RUNTIME_DIR: work },
          });
        const copy = (from: { repository: string; digest: string }, to: string): Promise<unknown> =>
          skopeo(
            "copy",
            "--src-tls-verify=false",
            "--authfile",
            authfile,
            `docker://${host()}/${from.repository}@${from.digest}`,
            `dir:${join(work, to)}`,
          );
        await copy({ repository, digest }, "one");
        await expect(copy(foreign, "two")).rejects.toThrow(/denied|unauthorized|requested access/i);
        const to = `docker://${host()}/${repository}:mine`;
        await expect(skopeo("copy", "--dest-tls-verify=false", "--authfile", authfile, `dir:${join(work, "one")}`, to)).rejects.toThrow(
          /denied|unauthorized|requested access/i,
        );
        await revoke(acme, made.credential.id);
        await expect(copy({ repository, digest }, "three")).rejects.toThrow(/unauthorized|authentication|invalid username/i);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
  );
});
