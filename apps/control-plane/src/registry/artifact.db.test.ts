import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import { publishArtifact, pullArtifact } from "@berth/oci/artifact";
import { packDirectory } from "@berth/oci/pack";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobFile, createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, type TestRegistry } from "./testing.ts";

let registry: TestRegistry;
let client: TestClient;
let work: string;
beforeAll(async () => {
  registry = await startTestRegistry();
  work = await mkdtemp(join(tmpdir(), "berth-artifact-test-"));
  client = createTestClient(registry);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

async function packed(name: string, content = "hello"): Promise<string> {
  const dir = join(work, name);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "main.tf"), content);
  const out = `${dir}.tgz`;
  await packDirectory({ dir, out });
  return out;
}

describe("an artifact", () => {
  it("is published under the same digest each time and comes back as it was", async () => {
    const repository = client.fresh();
    const layerPath = await packed("same", "x".repeat(5000) + randomBytes(4000).toString("hex"));
    const input = { client, repository, kind: "terraform_module", config: { b: 1, a: [2] }, layerPath };
    const first = await publishArtifact(input);
    const again = await publishArtifact({ ...input, tag: "v1", config: { a: [2], b: 1 } });
    expect(again).toEqual(first);
    const pulled = await pullArtifact({
      client,
      repository,
      digest: first.digest,
      dir: join(work, "same-out"),
      kind: "terraform_module",
    });
    expect(pulled).toMatchObject({ kind: "terraform-module", config: { a: [2], b: 1 }, digest: first.digest, entries: 1 });
    expect(await readFile(join(work, "same-out", "main.tf"))).toEqual(await readFile(join(work, "same", "main.tf")));
    expect(await client.headManifest({ repository, reference: "v1" })).toEqual(first);
    expect((await readdir(work)).filter((name) => name.startsWith(".pull-"))).toEqual([]);
  });

  it("of another kind, or no artifact of ours at all, is refused", async () => {
    const repository = client.fresh();
    const { digest } = await publishArtifact({ client, repository, kind: "action", config: {}, layerPath: await packed("kind") });
    const dir = join(work, "kind-out");
    await expect(pullArtifact({ client, repository, digest, dir, kind: "terraform_module" })).rejects.toMatchObject({
      code: "unprocessable",
    });
    const foreign = await client.pushManifest(repository);
    await expect(pullArtifact({ client, repository, digest: foreign.digest, dir })).rejects.toMatchObject({
      code: "unprocessable",
    });
  });

  it.each([
    ["altered", (path: string, size: number) => writeFile(path, randomBytes(size)), "digest_mismatch"],
    ["cut short", (path: string, size: number) => truncate(path, size - 10), "not_found"],
    ["missing", (path: string) => rm(path), "not_found"],
  ])("whose layer is %s in the store is refused, and nothing is unpacked", async (name, harm, code) => {
    const repository = client.fresh();
    const layerPath = await packed(`harm-${name}`, randomBytes(50).toString("hex"));
    const { digest } = await publishArtifact({ client, repository, kind: "action", config: {}, layerPath });
    const layer = sha256(await readFile(layerPath));
    await harm(blobFile(registry, layer), (await stat(layerPath)).size);
    const dir = join(work, `harm-out-${name}`);
    await expect(pullArtifact({ client, repository, digest, dir })).rejects.toMatchObject({ code });
    await expect(readdir(dir)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("that was lost or cut short in the store is whole again after another push", async () => {
    const repository = client.fresh();
    const layerPath = await packed("repair", randomBytes(50).toString("hex"));
    const input = { client, repository, kind: "action", config: {}, layerPath };
    const { digest } = await publishArtifact(input);
    await truncate(blobFile(registry, sha256(await readFile(layerPath))), 3);
    await publishArtifact(input);
    expect(await pullArtifact({ client, repository, digest, dir: join(work, "repair-out") })).toMatchObject({ entries: 1 });
  });
});
