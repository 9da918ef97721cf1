import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sha256 } from "@berth/kit/digest";
import { publishArtifact, pullArtifact } from "@berth/oci/artifact";
import { createRegistryClient } from "@berth/oci/client";
import { packDirectory } from "@berth/oci/pack";
import { startDockerRegistry, type TestDockerRegistry } from "@berth/testkit/docker-registry";
import { itNeeds } from "@berth/testkit/programs";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { openRegistry } from "./open.ts";
import { parseRegistryTarget } from "./target.ts";

// "correct horse" under bcrypt.
const htpasswd = "acme:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";
let work: string;
beforeEach(async () => void (work = await mkdtemp(join(tmpdir(), "berth-docker-registry-"))));
afterEach(() => rm(work, { recursive: true, force: true }));

const itWithRegistry = itNeeds("docker-registry");

async function packed(content: string): Promise<string> {
  await mkdir(join(work, "in"), { recursive: true });
  await writeFile(join(work, "in", "main.tf"), content);
  await packDirectory({ dir: join(work, "in"), out: join(work, "layer.tgz") });
  return join(work, "layer.tgz");
}
const storedBlob = (server: TestDockerRegistry, digest: string): string =>
  join(server.dir, "docker/registry/v2/blobs/sha256", digest.slice(7, 9), digest.slice(7), "data");

describe("an artifact in Debian's docker-registry", () => {
  itWithRegistry("is published and pulled with basic credentials below a prefix", async () => {
    await using server = await startDockerRegistry({ htpasswd });
    const registry = await openRegistry(parseRegistryTarget(server.url.replace("//", "//acme:correct%20horse@").concat("/berth")));
    const repository = registry.repository("org/app");
    await registry.ensureRepository(repository);
    const input = { client: registry.client, repository, kind: "terraform_module", config: { a: 1 }, layerPath: await packed("x") };
    const first = await publishArtifact({ ...input, tag: "v1" });
    expect(await publishArtifact(input)).toEqual(first);
    const pulled = await pullArtifact({ client: registry.client, repository, digest: first.digest, dir: join(work, "out") });
    expect(pulled).toMatchObject({ kind: "terraform-module", config: { a: 1 }, entries: 1 });
    expect((await readFile(join(work, "out", "main.tf"))).toString()).toBe("x");
    expect(await registry.client.listTags({ repository })).toEqual(["v1"]);
    await registry.client.deleteManifest({ repository, digest: first.digest });
    expect(await registry.client.headManifest({ repository, reference: first.digest })).toBeUndefined();
  });

  itWithRegistry("is refused to wrong credentials and to none", async () => {
    await using server = await startDockerRegistry({ htpasswd });
    for (const auth of [undefined, { username: "acme", password: "wrong" }, { token: "nonsense" }]) {
      const client = createRegistryClient({ url: server.url, auth });
      await expect(client.listTags({ repository: "a" })).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });

  itWithRegistry("has its blobs sent from files, memory and streams, in chunks, and mounted", async () => {
    await using server = await startDockerRegistry();
    const client = createRegistryClient({ url: server.url, chunkBytes: 100_000 });
    const bytes = randomBytes(350_123);
    const blob = { digest: sha256(bytes), size: bytes.length };
    await writeFile(join(work, "blob"), bytes);
    const sources = { file: join(work, "blob"), memory: bytes, stream: Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]) };
    for (const [repository, source] of Object.entries(sources)) {
      await client.putBlob({ repository, ...blob, source });
      expect((await buffer(await client.getBlob({ repository, ...blob }))).equals(bytes)).toBe(true);
    }
    await client.putBlob({ repository: "empty", digest: sha256(""), size: 0, source: Buffer.alloc(0) });
    expect(await client.hasBlob({ repository: "empty", digest: sha256("") })).toBe(true);
    expect(await client.mountBlob({ repository: "other", from: "file", digest: blob.digest })).toBe(true);
    expect(await client.hasBlob({ repository: "other", digest: blob.digest })).toBe(true);
    expect(await client.mountBlob({ repository: "other", from: "file", digest: sha256("nothing") })).toBe(false);
  });

  itWithRegistry("that is altered, cut short or missing there is refused, and nothing is unpacked", async () => {
    await using server = await startDockerRegistry();
    const client = createRegistryClient({ url: server.url });
    const layerPath = await packed(randomBytes(100).toString("hex"));
    const { digest } = await publishArtifact({ client, repository: "a", kind: "action", config: {}, layerPath });
    const layer = sha256(await readFile(layerPath));
    const { length } = await readFile(layerPath);
    const pull = (): Promise<unknown> => pullArtifact({ client, repository: "a", digest, dir: join(work, "out") });
    await writeFile(storedBlob(server, layer), randomBytes(length));
    await expect(pull()).rejects.toMatchObject({ code: "digest_mismatch" });
    await truncate(storedBlob(server, layer), length - 1);
    await expect(pull()).rejects.toMatchObject({ code: "digest_mismatch" });
    await rm(storedBlob(server, layer));
    await expect(pull()).rejects.toMatchObject({ code: "not_found" });
    expect((await readdir(work)).toSorted()).toEqual(["in", "layer.tgz"]);
  });

  itWithRegistry("is not accepted with other bytes than announced", async () => {
    await using server = await startDockerRegistry();
    const client = createRegistryClient({ url: server.url, chunkBytes: 10 });
    for (const source of [Buffer.from("altered bytes!"), Readable.from([Buffer.from("altered bytes!")])]) {
      const attempt = client.putBlob({ repository: "a", digest: sha256("original bytes"), size: 14, source });
      await expect(attempt).rejects.toMatchObject({ code: "digest_mismatch" });
    }
    expect(await client.hasBlob({ repository: "a", digest: sha256("original bytes") })).toBe(false);
  });
});
