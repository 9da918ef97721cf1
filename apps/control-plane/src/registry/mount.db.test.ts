import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import { createRegistryClient } from "@berth/oci/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryTokenKey } from "../artifacts/registry-key.ts";
import { createDiskStore } from "../blobs/disk-store.ts";
import { createTestOrg, createTestSystem, type TestSystem } from "../testing/system.ts";
import type { RegistryAction } from "./access.ts";
import { registryOf } from "./mount.ts";
import { startTestRegistry, testCredentials, type TestRegistry } from "./testing.ts";
import { mintRegistryToken } from "./token.ts";

let dir: string;
let system: TestSystem;
let external: TestRegistry;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "berth-registry-"));
  system = await createTestSystem({ blobs: await createDiskStore({ dir }) });
  system.settings.publicUrl = "http://berth.test";
  external = await startTestRegistry();
});
afterAll(async () => {
  await external[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const content = Buffer.from("a layer");
const config = Buffer.from("{}");
const layerDigest = sha256(content);
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256(config), size: config.length },
    layers: [{ mediaType: "application/octet-stream", digest: layerDigest, size: content.length }],
  }),
);
const reference = sha256(manifest);

/** A client of our own `/v2`, without a socket. */
const clientOf = (on: TestSystem, auth: Parameters<typeof createRegistryClient>[0]["auth"]) => {
  const app = registryOf(on);
  const fetch = (input: string | URL | Request, init?: RequestInit) => Promise.resolve(app.fetch(new Request(input, init)));
  return createRegistryClient({ url: "http://berth.test", auth, fetch: fetch as typeof globalThis.fetch });
};
const token = (repository: string, ...actions: RegistryAction[]) => ({
  token: mintRegistryToken({
    key: registryTokenKey(system.vault),
    subject: "job:1",
    scopes: [{ repository, actions }],
    expiresAt: new Date(Date.now() + 60_000),
  }),
});

async function push(client: ReturnType<typeof createRegistryClient>, repository: string): Promise<void> {
  for (const bytes of [content, config]) await client.putBlob({ repository, digest: sha256(bytes), size: bytes.length, source: bytes });
  await client.putManifest({ repository, reference, bytes: manifest, mediaType: "application/vnd.oci.image.manifest.v1+json" });
}

describe("the embedded registry of a control plane", () => {
  it("takes an API token as the password, for the repositories of its organisation alone", async () => {
    const mine = `${system.org.id}/app1/sandbox`;
    const client = clientOf(system, { username: "anybody", password: system.org.token });
    await push(client, mine);
    expect((await client.getManifest({ repository: mine, reference })).digest).toBe(reference);
    const other = await createTestOrg(system);
    const stranger = clientOf(system, { username: "anybody", password: other.token });
    await expect(stranger.getManifest({ repository: mine, reference })).rejects.toThrow(/allow|refus/i);
    const wrong = clientOf(system, { username: "anybody", password: "brt_wrong" });
    await expect(wrong.getManifest({ repository: mine, reference })).rejects.toThrow(/refus|credentials|unauthor/i);
  });
});

describe("with an external registry", () => {
  const repository = "allowed/artifacts/org1/app1/sandbox";

  it("a job's token pulls its repository through the control plane, and nothing else; the operator's credentials stay here", async () => {
    await push(createRegistryClient({ url: external.url, auth: testCredentials }), repository);
    const { username, password } = testCredentials;
    system.settings.externalRegistry = `http://${username}:${encodeURIComponent(password)}@${external.host}/allowed/artifacts`;
    const client = clientOf(system, token(repository, "pull"));
    const found = await client.getManifest({ repository, reference });
    expect(found.bytes.equals(manifest)).toBe(true);
    const chunks: Buffer[] = [];
    for await (const chunk of await client.getBlob({ repository, digest: layerDigest, size: content.length })) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(await client.hasBlob({ repository, digest: layerDigest })).toBe(true);
    await expect(client.getManifest({ repository: "allowed/artifacts/org2/app1/sandbox", reference })).rejects.toThrow(
      /refus|allow|unauthor/i,
    );
    await expect(
      clientOf(system, token(repository, "push", "pull")).putManifest({
        repository,
        reference: "x",
        bytes: manifest,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
      }),
    ).rejects.toThrow();
    delete system.settings.externalRegistry;
  });
});
