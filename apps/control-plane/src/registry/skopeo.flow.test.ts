import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { sha256 } from "@berth/kit/digest";
import { mediaTypes } from "@berth/oci/media-types";
import { tarEnd, tarHeader, tarPadding } from "@berth/oci/tar-header";
import { itNeeds } from "@berth/testkit/programs";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, testCredentials, type TestRegistry } from "./testing.ts";

const run = promisify(execFile);
let registry: TestRegistry;
let client: TestClient;
let work: string;
beforeEach(async () => {
  registry = await startTestRegistry();
  client = createTestClient(registry);
  work = await mkdtemp(join(tmpdir(), "berth-skopeo-"));
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

const password = `${testCredentials.username}:${testCredentials.password}`;

async function skopeo(...args: string[]): Promise<string> {
  const { stdout } = await run("skopeo", ["--insecure-policy", "--tmpdir", work, ...args], {
    env: { PATH: process.env["PATH"], HOME: work, XDG_RUNTIME_DIR: work },
  });
  return stdout;
}
const push = (...args: string[]): Promise<string> => skopeo("copy", "--dest-tls-verify=false", "--dest-creds", password, ...args);
const pull = (...args: string[]): Promise<string> => skopeo("copy", "--src-tls-verify=false", "--src-creds", password, ...args);

/** An OCI layout on disk with one image per architecture; several are under an index tagged `multi`. Returns the top digest. */
async function writeLayout(dir: string, architectures: readonly string[]): Promise<string> {
  await mkdir(join(dir, "blobs", "sha256"), { recursive: true });
  const put = async (bytes: Buffer): Promise<{ digest: string; size: number }> => {
    const digest = sha256(bytes);
    await writeFile(join(dir, "blobs", "sha256", digest.slice(7)), bytes);
    return { digest, size: bytes.length };
  };
  const json = (value: unknown): Promise<{ digest: string; size: number }> => put(Buffer.from(JSON.stringify(value)));
  const manifests: object[] = [];
  for (const architecture of architectures) {
    const content = Buffer.from(`for ${architecture}`);
    const tar = Buffer.concat([
      tarHeader({ kind: "file", path: "etc/motd", size: content.length, executable: false }),
      content,
      tarPadding(content.length),
      tarEnd,
    ]);
    const layer = await put(gzipSync(tar));
    const config = await json({ architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [sha256(tar)] } });
    const manifest = await json({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", ...layer }],
    });
    manifests.push({ mediaType: mediaTypes.manifest, ...manifest, platform: { architecture, os: "linux" } });
  }
  const index = await json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  const [single] = manifests;
  const top = architectures.length > 1 ? { mediaType: mediaTypes.index, ...index } : { ...single };
  const named = { ...top, annotations: { "org.opencontainers.image.ref.name": "multi" } };
  await writeFile(join(dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return "digest" in top && typeof top.digest === "string" ? top.digest : "";
}

const itWithSkopeo = itNeeds("skopeo");

describe("skopeo", () => {
  itWithSkopeo("copies a single image in and out again without a changed byte", async () => {
    const digest = await writeLayout(join(work, "in"), ["amd64"]);
    await push(`oci:${work}/in:multi`, `docker://${registry.host}/allowed/single:v1`);
    expect(await client.headManifest({ repository: "allowed/single", reference: "v1" })).toMatchObject({ digest });
    await pull(`docker://${registry.host}/allowed/single:v1`, `oci:${work}/out:multi`);
    const path = join("blobs", "sha256", digest.slice(7));
    expect(await readFile(join(work, "out", path))).toEqual(await readFile(join(work, "in", path)));
  });

  itWithSkopeo("copies an index of several platforms in, between repositories with blobs mounted, and out again", async () => {
    const digest = await writeLayout(join(work, "in"), ["amd64", "arm64", "riscv64"]);
    await push("--all", `oci:${work}/in:multi`, `docker://${registry.host}/allowed/multi:v1`);
    await push(
      "--all",
      "--src-tls-verify=false",
      "--src-creds",
      password,
      `docker://${registry.host}/allowed/multi:v1`,
      `docker://${registry.host}/allowed/copy:v2`,
    );
    await pull("--all", `docker://${registry.host}/allowed/copy@${digest}`, `dir:${work}/out`);
    expect(sha256(await readFile(join(work, "out", "manifest.json")))).toBe(digest);
    const inspected: unknown = JSON.parse(
      await skopeo(
        "inspect",
        "--tls-verify=false",
        "--creds",
        password,
        "--override-arch",
        "arm64",
        `docker://${registry.host}/allowed/copy:v2`,
      ),
    );
    expect(inspected).toMatchObject({ Architecture: "arm64", RepoTags: ["v2"] });
  });

  itWithSkopeo("pushes and pulls Docker's own manifest form", async () => {
    await writeLayout(join(work, "in"), ["amd64"]);
    await push("--format", "v2s2", `oci:${work}/in:multi`, `docker://${registry.host}/allowed/docker:v1`);
    expect(await client.headManifest({ repository: "allowed/docker", reference: "v1" })).toMatchObject({
      mediaType: mediaTypes.dockerManifest,
    });
    await pull(`docker://${registry.host}/allowed/docker:v1`, `oci:${work}/out:multi`);
    const tags: unknown = JSON.parse(
      await skopeo("list-tags", "--tls-verify=false", "--creds", password, `docker://${registry.host}/allowed/docker`),
    );
    expect(tags).toMatchObject({ Tags: ["v1"] });
  });

  itWithSkopeo("deletes an image, and is refused with wrong credentials or a repository that is not allowed", async () => {
    await writeLayout(join(work, "in"), ["amd64"]);
    const target = `docker://${registry.host}/allowed/gone:v1`;
    await push(`oci:${work}/in:multi`, target);
    await skopeo("delete", "--tls-verify=false", "--creds", password, target);
    await expect(pull(target, `oci:${work}/out:multi`)).rejects.toThrow(/manifest unknown/i);
    await expect(push(`oci:${work}/in:multi`, `docker://${registry.host}/other/x:v1`)).rejects.toThrow(
      /denied|authentication required|unauthorized/i,
    );
    const wrong = ["copy", "--dest-tls-verify=false", "--dest-creds", "acme:wrong", `oci:${work}/in:multi`, target];
    await expect(skopeo(...wrong)).rejects.toThrow(/unable to retrieve auth token|authentication required|unauthorized/i);
  });

  itWithSkopeo("notices a layer that was altered in the store", async () => {
    const digest = await writeLayout(join(work, "in"), ["amd64"]);
    await push(`oci:${work}/in:multi`, `docker://${registry.host}/allowed/bad:v1`);
    const { manifest } = await client.getManifest({ repository: "allowed/bad", reference: digest });
    const layer = manifest.kind === "image" ? manifest.value.layers[0]?.digest.slice(7) : undefined;
    const path = join(registry.dir, "blobs", layer?.slice(0, 2) ?? "", layer ?? "");
    const bytes = await readFile(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(createHash("sha256").update(bytes).digest("hex")).not.toBe(layer);
    await expect(pull(`docker://${registry.host}/allowed/bad:v1`, `oci:${work}/out:multi`)).rejects.toThrow(/digest|checksum|corrupt/i);
  });
});
