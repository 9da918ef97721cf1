import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import type { ArtifactRef, ImageSyncSpec } from "@berth/protocol/job-spec";
import { startDockerRegistry, type TestDockerRegistry } from "@berth/testkit/docker-registry";
import { itNeeds } from "@berth/testkit/programs";
import { startScriptedGateway, type GatewayJob, type ScriptedGateway } from "@berth/testkit/scripted-gateway";
import { addRegistry } from "@berth/testkit/scripted-registry";
import { describe, expect } from "vitest";
import { startRunner, type TestRunner } from "../../testing/runner-process.ts";
import { actionSpec } from "../../testing/specs.ts";

// "correct horse" under bcrypt.
const htpasswd = "acme:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
const auth = { username: "acme", password: "correct horse" };
const itWithRegistry = itNeeds("docker-registry");

type World = AsyncDisposable & { gateway: ScriptedGateway; runner: TestRunner; vendor: TestDockerRegistry; own: TestDockerRegistry };

async function startWorld(): Promise<World> {
  const gateway = await startScriptedGateway();
  const runner = await startRunner(gateway);
  const [vendor, own] = [await startDockerRegistry(), await startDockerRegistry({ htpasswd })];
  return {
    gateway,
    runner,
    vendor,
    own,
    async [Symbol.asyncDispose]() {
      for (const one of [runner, gateway, vendor, own]) await one[Symbol.asyncDispose]();
    },
  };
}

async function putImage(
  client: RegistryClient,
  repository: string,
  subject?: object,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const put = async (bytes: Buffer): Promise<object> => {
    const blob = { digest: sha256(bytes), size: bytes.length };
    await client.putBlob({ repository, ...blob, source: bytes });
    return { mediaType: "application/octet-stream", ...blob };
  };
  const value = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await put(Buffer.from("{}")),
    layers: [await put(randomBytes(9000))],
    ...subject,
  };
  const bytes = Buffer.from(JSON.stringify(value));
  const { digest } = await client.putManifest({
    repository,
    reference: subject ? sha256(bytes) : "bld1",
    bytes,
    mediaType: mediaTypes.manifest,
  });
  return { mediaType: mediaTypes.manifest, digest, size: bytes.length };
}

function syncSpec(source: ArtifactRef, more: Partial<ImageSyncSpec> = {}): ImageSyncSpec {
  return {
    kind: "image.sync",
    target: "component:web",
    source,
    publicHost: "registry.example.org",
    tag: "bld1",
    displayTag: "1.27.3",
    destroy: false,
    ...more,
  };
}

async function run(world: World, spec: ImageSyncSpec): Promise<{ result: NonNullable<GatewayJob["result"]>; log: string }> {
  const job = world.gateway.assign({ spec });
  const result = await world.gateway.until("the sync ends", () => job.result, 60_000);
  return { result, log: world.gateway.logOf(job).toString() };
}

describe("an image", () => {
  itWithRegistry(
    "is copied to the install's registry with its signature, tells where it is, and its tag is taken away at the end",
    async () => {
      await using world = await startWorld();
      const client = createRegistryClient({ url: world.vendor.url });
      const image = await putImage(client, "acme/web");
      const signature = await putImage(client, "acme/web", { artifactType: "application/signature", subject: image });
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [signature] }));
      await client.putManifest({ repository: "acme/web", reference: image.digest.replace(":", "-"), bytes, mediaType: mediaTypes.index });

      const mirror = { kind: "plain" as const, url: world.own.url, repository: "customer/web", ...auth };
      const source = { registryUrl: world.vendor.url, repository: "acme/web", digest: image.digest, mirror };
      const { result, log } = await run(world, syncSpec(source));
      const host = new URL(world.own.url).host;
      expect(result).toMatchObject({ outcome: "succeeded" });
      expect(result.outputs?.["image"]).toEqual({
        sensitive: false,
        value: {
          ref: `${host}/customer/web@${image.digest}`,
          repository: `${host}/customer/web`,
          tag: "bld1",
          display_tag: "1.27.3",
          registry: host,
          digest: image.digest,
          media_type: mediaTypes.manifest,
          size: image.size,
        },
      });
      expect(log).toContain("1 signatures, SBOMs or attestations");
      const own = createRegistryClient({ url: world.own.url, auth });
      expect(await own.headManifest({ repository: "customer/web", reference: "bld1" })).toMatchObject({ digest: image.digest });
      expect(await own.listReferrers({ repository: "customer/web", digest: image.digest })).toHaveLength(1);

      const again = await run(world, syncSpec(source));
      expect(again.log).toContain("everything was there already");
      const removed = await run(world, syncSpec(source, { destroy: true }));
      expect(removed.result).toMatchObject({ outcome: "succeeded" });
      // Debian's registry takes away whole manifests only.
      expect(removed.log).toMatch(/took away|lets nobody take tags away/);
      const gone = await run(world, syncSpec(source, { destroy: true, tag: "never" }));
      expect(gone.result).toMatchObject({ outcome: "succeeded" });
      expect(gone.log).toContain("is gone already");
    },
  );

  itWithRegistry("of an install without a registry stays at the vendor's", async () => {
    await using world = await startWorld();
    const { digest } = await putImage(createRegistryClient({ url: world.vendor.url }), "acme/web");
    const source = { registryUrl: world.vendor.url, repository: "acme/web", digest };
    const { result } = await run(world, syncSpec(source));
    expect(result.outputs?.["image"]?.value).toMatchObject({
      ref: `registry.example.org/acme/web@${digest}`,
      repository: "registry.example.org/acme/web",
      tag: "bld1",
    });
    const missing = await run(world, syncSpec({ ...source, digest: sha256("other") }));
    expect(missing.result).toMatchObject({ outcome: "failed", failure: { reason: "artifact_unavailable" } });
  });

  itWithRegistry("that can't be copied says from where, to where, and what to do", async () => {
    await using world = await startWorld();
    const { digest } = await putImage(createRegistryClient({ url: world.vendor.url }), "acme/web");
    const mirror = { kind: "plain" as const, url: world.own.url, repository: "customer/web", username: "acme", password: "wrong" };
    const { result } = await run(world, syncSpec({ registryUrl: world.vendor.url, repository: "acme/web", digest, mirror }));
    expect(result).toMatchObject({ outcome: "failed", failure: { reason: "copy_failed" } });
    expect(result.failure?.detail).toContain(
      `${new URL(world.vendor.url).host}/acme/web@${digest} could not be copied to ${new URL(world.own.url).host}/customer/web`,
    );
    expect(result.failure?.detail).toContain("Let the credentials in the sandbox's outputs pull from, push to this repository");
    expect(result.failure?.detail).not.toContain("wrong");
  });
});

describe("an artifact with a mirror", () => {
  itWithRegistry("is copied there once and pulled from there", async () => {
    await using world = await startWorld();
    const registry = addRegistry(world.gateway);
    const source = await registry.publish({ "run.sh": "#!/bin/sh\necho from the mirror\n" });
    const mirror = { kind: "plain" as const, url: world.own.url, repository: "customer/actions", ...auth };
    for (const _ of [1, 2]) {
      const spec = actionSpec();
      spec.steps.push({ name: "repo", command: "./run.sh", envVars: {}, source: { ...source, mirror } });
      const job = world.gateway.assign({ spec });
      expect(await world.gateway.until("the action ends", () => job.result)).toMatchObject({ outcome: "succeeded" });
      expect(world.gateway.logOf(job).toString()).toContain("from the mirror");
    }
    const blobs = registry.requests.filter((path) => path.includes("/blobs/"));
    expect(new Set(blobs).size).toBe(blobs.length);
  });
});
