import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { copyImage } from "@berth/oci/copy";
import { mediaTypes } from "@berth/oci/media-types";
import { startDockerRegistry } from "@berth/testkit/docker-registry";
import { startFaultyProxy } from "@berth/testkit/faulty-proxy";
import { itNeeds } from "@berth/testkit/programs";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { startTestRegistry, testCredentials } from "../registry/testing.ts";
import { putBytes, putImage, putIndex, putJson } from "./testing-image.ts";

const run = promisify(execFile);
const repository = "team/app";
let work: string;
beforeEach(async () => void (work = await mkdtemp(join(tmpdir(), "berth-copy-"))));
afterEach(() => rm(work, { recursive: true, force: true }));

const itWithRegistry = itNeeds("docker-registry");
const itWithSkopeo = itNeeds("docker-registry", "skopeo");
const digestOf = async (client: RegistryClient, reference: string, from = repository): Promise<string | undefined> =>
  (await client.headManifest({ repository: from, reference }))?.digest;

async function skopeo(...args: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: work, XDG_RUNTIME_DIR: work };
  const { stdout } = await run("skopeo", ["--insecure-policy", "--tmpdir", work, ...args], { env });
  return stdout;
}

describe("an image", () => {
  itWithRegistry("of several platforms goes from one registry to another, to the embedded one and back, with all its digests", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    await using embedded = await startTestRegistry();
    const [from, to, own] = [first.url, second.url, embedded.url].map((url) =>
      createRegistryClient({ url, auth: url === embedded.url ? testCredentials : undefined, chunkBytes: 1500 }),
    ) as [RegistryClient, RegistryClient, RegistryClient];
    const index = await putIndex(from, repository, { architectures: ["amd64", "arm64"], tag: "v1" });
    const hops = [
      { source: { client: from, repository, reference: "v1" }, target: { client: own, repository: "allowed/copy", tag: "v1" } },
      { source: { client: own, repository: "allowed/copy", reference: index.digest }, target: { client: to, repository, tag: "latest" } },
    ];
    for (const hop of hops) {
      const copied = await copyImage({ ...hop, referrers: true });
      expect(copied).toMatchObject({ digest: index.digest, mediaType: mediaTypes.index, blobs: { sent: 6 }, referrers: 0 });
      const again = await copyImage({ ...hop, referrers: true });
      expect(again).toMatchObject({ digest: index.digest, bytes: copied.bytes, sentBytes: 0, blobs: { sent: 0, mounted: 0 } });
    }
    expect(await digestOf(to, "latest")).toBe(index.digest);
    for (const image of index.images) expect(await digestOf(to, image.digest)).toBe(image.digest);
  });

  itWithRegistry("of the same registry has its blobs mounted", async () => {
    await using server = await startDockerRegistry();
    const client = createRegistryClient({ url: server.url });
    const image = await putImage(client, repository, { tag: "v1" });
    const source = { client, repository, reference: "v1" };
    const copied = await copyImage({ source, target: { client, repository: "other/app", tag: "v1" }, referrers: false });
    expect(copied).toMatchObject({ digest: image.digest, sentBytes: 0, blobs: { mounted: 3, sent: 0 } });
    const retagged = await copyImage({ source, target: { client, repository, tag: "stable" }, referrers: true });
    expect(retagged.sentBytes).toBe(0);
    expect(await digestOf(client, "stable")).toBe(image.digest);
  });

  itWithRegistry("brings its signatures, SBOMs and what refers to those", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    await using embedded = await startTestRegistry();
    const from = createRegistryClient({ url: embedded.url, auth: testCredentials });
    const name = "allowed/app";
    const image = await putImage(from, name, { tag: "v1" });
    const refer = (subject: { mediaType: string; digest: string; size: number }, artifactType: string) =>
      putImage(from, name, { layers: [30], more: { artifactType, subject: { ...subject, layers: undefined } } });
    const sbom = await refer(image, "application/spdx+json");
    const signature = await refer(sbom, "application/vnd.dev.sigstore.bundle.v0.3+json");
    const tag = `${image.digest.replace(":", "-")}.sig`;
    const cosign = await putImage(from, name, { layers: [20], tag });

    const places = [first, second].map(({ url }) => ({ client: createRegistryClient({ url }), repository }));
    const [one, two] = places as [(typeof places)[0], (typeof places)[0]];
    const copied = await copyImage({
      source: { client: from, repository: name, reference: "v1" },
      target: { ...one, tag: "v1" },
      referrers: true,
    });
    expect(copied).toMatchObject({ digest: image.digest, referrers: 3 });
    // Debian's registry lists no referrers: from here on they are under the fallback tag.
    await copyImage({ source: { ...one, reference: "v1" }, target: { ...two, tag: "v1" }, referrers: true });
    await copyImage({
      source: { ...two, reference: "v1" },
      target: { client: from, repository: "allowed/back", tag: "v1" },
      referrers: true,
    });
    for (const { client, repository: at } of [one, two, { client: from, repository: "allowed/back" }]) {
      const listed = async (digest: string) => (await client.listReferrers({ repository: at, digest })).map((entry) => entry.digest);
      expect(await listed(image.digest)).toEqual([sbom.digest]);
      expect(await listed(sbom.digest)).toEqual([signature.digest]);
      expect(await digestOf(client, tag, at)).toBe(cosign.digest);
    }
  });

  itWithRegistry("with layers that may not be passed on is copied without them", async () => {
    await using embedded = await startTestRegistry();
    const client = createRegistryClient({ url: embedded.url, auth: testCredentials });
    const foreign = {
      mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
      digest: `sha256:${"a".repeat(64)}`,
      size: 10,
      urls: ["https://example.org/layer"],
    };
    const image = await putImage(client, "allowed/app", { tag: "v1", extraLayers: [foreign] });
    const source = { client, repository: "allowed/app", reference: "v1" };
    const copied = await copyImage({ source, target: { client, repository: "allowed/copy", tag: "v1" }, referrers: true });
    expect(copied).toMatchObject({ digest: image.digest, blobs: { elsewhere: 1, mounted: 3 } });
    expect(await digestOf(client, "v1", "allowed/copy")).toBe(image.digest);
  });

  itWithSkopeo("that we have copied skopeo reads, and one that skopeo wrote we copy", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    const [from, to] = [first, second].map(({ url }) => createRegistryClient({ url })) as [RegistryClient, RegistryClient];
    const index = await putIndex(from, repository, { architectures: ["amd64", "arm64"], tag: "v1" });
    await copyImage({
      source: { client: from, repository, reference: "v1" },
      target: { client: to, repository, tag: "v1" },
      referrers: true,
    });
    const there = `docker://${new URL(second.url).host}/${repository}`;
    const inspected = await skopeo("inspect", "--tls-verify=false", "--override-arch", "arm64", `${there}:v1`);
    expect(JSON.parse(inspected)).toMatchObject({ Architecture: "arm64", RepoTags: ["v1"] });
    await skopeo(
      "copy",
      "--all",
      "--preserve-digests",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
      `${there}:v1`,
      `${there}/by-skopeo:v2`,
    );
    const source = { client: to, repository: `${repository}/by-skopeo`, reference: "v2" };
    const copied = await copyImage({ source, target: { client: from, repository: "back", tag: "v2" }, referrers: true });
    expect(copied.digest).toBe(index.digest);
  });
});

describe("a copy", () => {
  itWithRegistry("of altered, cut or missing bytes is refused, and nothing is tagged", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    await using proxy = await startFaultyProxy(first.url);
    const from = createRegistryClient({ url: first.url });
    const index = await putIndex(from, repository, { architectures: ["amd64", "arm64"], tag: "v1" });
    const layer = index.images[1]?.layers[0]?.digest ?? "";
    const child = index.images[1]?.digest ?? "";
    const flip = (body: Buffer): Buffer => Buffer.concat([body.subarray(0, -1), Buffer.from([(body.at(-1) ?? 0) ^ 1])]);
    const faults = [
      { path: layer, fault: { kind: "alter", change: flip }, code: "digest_mismatch" },
      { path: layer, fault: { kind: "alter", change: (body: Buffer) => body.subarray(1) }, code: "digest_mismatch" },
      { path: layer, fault: { kind: "alter", change: (body: Buffer) => Buffer.concat([body, body]) }, code: "digest_mismatch" },
      { path: child, fault: { kind: "alter", change: flip }, code: "digest_mismatch" },
      { path: layer, fault: { kind: "answer", status: 404 }, code: "not_found" },
      { path: child, fault: { kind: "answer", status: 404 }, code: "not_found" },
    ] as const;
    for (const chunkBytes of [1500, 1_000_000]) {
      const to = createRegistryClient({ url: second.url, chunkBytes });
      for (const { path, fault, code } of faults) {
        proxy.fault = (request) => (request.method === "GET" && request.url?.endsWith(path) ? fault : undefined);
        const attempt = copyImage({
          source: { client: createRegistryClient({ url: proxy.url }), repository, reference: "v1" },
          target: { client: to, repository, tag: "v1" },
          referrers: true,
        });
        await expect(attempt).rejects.toMatchObject({ code });
        expect(await digestOf(to, "v1")).toBeUndefined();
        expect(await to.hasBlob({ repository, digest: layer })).toBe(false);
      }
    }
  });

  itWithRegistry("goes on after breaks on both sides, from where they were", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    await using before = await startFaultyProxy(first.url);
    await using behind = await startFaultyProxy(second.url);
    const image = await putImage(createRegistryClient({ url: first.url }), repository, { layers: [900_000], tag: "v1" });
    let downloads = 2;
    before.fault = (request) =>
      request.url?.includes(image.layers[0]?.digest ?? "") && request.method === "GET" && downloads-- > 0
        ? { kind: "cut", after: 200_000 }
        : undefined;
    let uploads = 2;
    behind.fault = (request) => (request.method === "PATCH" && uploads-- > 0 ? { kind: "cutRequest", after: 70_000 } : undefined);
    const to = createRegistryClient({ url: behind.url, chunkBytes: 300_000 });
    const source = { client: createRegistryClient({ url: before.url }), repository, reference: "v1" };
    const copied = await copyImage({ source, target: { client: to, repository, tag: "v1" }, referrers: false });
    expect(copied.digest).toBe(image.digest);
    expect(await digestOf(createRegistryClient({ url: second.url }), "v1")).toBe(image.digest);
    expect(behind.received()).toBeLessThan(900_000 + 2 * 300_000 + 10_000);
    expect(before.seen.filter((line) => line.includes(image.layers[0]?.digest ?? "")).length).toBeGreaterThan(2);
  });

  itWithRegistry("that was killed sends only what is missing the next time", async () => {
    await using first = await startDockerRegistry();
    await using second = await startDockerRegistry();
    await using proxy = await startFaultyProxy(second.url);
    const image = await putImage(createRegistryClient({ url: first.url }), repository, {
      layers: [400_000, 300_000, 200_000, 100_000],
      tag: "v1",
    });
    // The last to be committed hangs: by then others are there.
    const never = new Promise(() => undefined);
    let commits = 0;
    const script = `
      import { createRegistryClient } from "@berth/oci/client";
      import { copyImage } from "@berth/oci/copy";
      await copyImage({
        source: { client: createRegistryClient({ url: ${JSON.stringify(first.url)} }), repository: "${repository}", reference: "v1" },
        target: { client: createRegistryClient({ url: ${JSON.stringify(proxy.url)} }), repository: "${repository}", tag: "v1" },
        referrers: true,
      });`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], { cwd: import.meta.dirname, stdio: "inherit" });
    const stuck = new Promise<void>((resolve) => {
      proxy.fault = (request) => {
        if (request.method !== "PUT" || ++commits < 3) return undefined;
        if (commits === 4) resolve();
        return { kind: "hold", until: never };
      };
    });
    await stuck;
    child.kill("SIGKILL");
    await once(child, "exit");
    proxy.fault = () => undefined;
    const to = createRegistryClient({ url: second.url });
    expect(await digestOf(to, "v1")).toBeUndefined();
    const present = await Promise.all(image.layers.map(({ digest }) => to.hasBlob({ repository, digest })));
    const missing = image.layers.filter((_, index) => !present[index]).reduce((sum, { size }) => sum + size, 0);
    expect(missing).toBeLessThan(1_000_000);
    const source = { client: createRegistryClient({ url: first.url }), repository, reference: "v1" };
    const copied = await copyImage({ source, target: { client: to, repository, tag: "v1" }, referrers: true });
    expect(copied.sentBytes).toBeLessThan(missing + 1000);
    expect(copied.sentBytes).toBeGreaterThanOrEqual(missing);
    expect(await digestOf(to, "v1")).toBe(image.digest);
  });

  itWithRegistry("stops when it is asked to", async () => {
    await using first = await startDockerRegistry();
    await using proxy = await startFaultyProxy(first.url);
    const client = createRegistryClient({ url: proxy.url });
    await putBytes(client, repository, "x", Buffer.from("x"));
    await putJson(client, repository, { mediaType: mediaTypes.index, manifests: [] }, "v1");
    const stop = new AbortController();
    proxy.fault = () => {
      stop.abort(new Error("enough"));
      return { kind: "hold", until: new Promise(() => undefined) };
    };
    const target = { client, repository: "other", tag: "v1" };
    const attempt = copyImage({ source: { client, repository, reference: "v1" }, target, referrers: true, signal: stop.signal });
    await expect(attempt).rejects.toThrow("enough");
  });
});
