import { stat } from "node:fs/promises";
import { sha256 } from "@berth/kit/digest";
import { createRegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blobFile, codes, createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, type TestRegistry } from "./testing.ts";

let registry: TestRegistry;
let client: TestClient;
beforeAll(async () => {
  registry = await startTestRegistry({ pageSize: 3 });
  client = createTestClient(registry);
});
afterAll(() => registry[Symbol.asyncDispose]());

describe("a pull", () => {
  it("gives ranges of a blob, and says so when there is nothing there", async () => {
    const repository = client.fresh();
    const { digest } = await client.pushBytes(repository, Buffer.from("0123456789"));
    const get = async (range: string): Promise<unknown> => {
      const response = await client.call(`/v2/${repository}/blobs/${digest}`, { headers: { range } });
      return [response.status, response.headers.get("content-range"), await response.text()];
    };
    expect(await get("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
    expect(await get("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
    expect(await get("bytes=-2")).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await get("bytes=0-100")).toEqual([206, "bytes 0-9/10", "0123456789"]);
    expect(await get("lines=1-2")).toEqual([200, null, "0123456789"]);
    expect((await get("bytes=10-")) as unknown[]).toEqual(expect.arrayContaining([416, "bytes */10"]));
    const head = await client.call(`/v2/${repository}/blobs/${digest}`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), head.headers.get("docker-content-digest")]).toEqual([200, "10", digest]);
  });

  it("of what is not there is a 404 in the spec's form, with and without a body", async () => {
    const repository = client.fresh();
    expect(await codes(await client.call(`/v2/${repository}/blobs/${sha256("?")}`))).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await codes(await client.call(`/v2/${repository}/manifests/latest`))).toEqual([404, "MANIFEST_UNKNOWN"]);
    expect((await client.call(`/v2/${repository}/manifests/latest`, { method: "HEAD" })).status).toBe(404);
    expect(await codes(await client.call(`/v2/${repository}/tags/list`))).toEqual([404, "NAME_UNKNOWN"]);
    expect(await codes(await client.call(`/v2/${repository}/nothing`))).toEqual([404, "NAME_UNKNOWN"]);
    expect(await codes(await client.call(`/v2/UPPER/tags/list`))).toEqual([400, "NAME_INVALID"]);
    expect(await codes(await client.call(`/v2/${repository}/tags/list`, { method: "POST" }))).toEqual([405, "UNSUPPORTED"]);
  });

  it("lists tags in byte order by pages", async () => {
    const repository = client.fresh();
    const tags = ["b", "a", "B", "_x", "1.0", "c", "d"];
    for (const tag of tags) await client.pushManifest(repository, tag);
    expect(await client.listTags({ repository })).toEqual(["1.0", "B", "_x", "a", "b", "c", "d"]);
    const page = await client.call(`/v2/${repository}/tags/list?n=2&last=_x`);
    expect(await page.json()).toEqual({ name: repository, tags: ["a", "b"] });
    expect(page.headers.get("link")).toBe(`</v2/${repository}/tags/list?n=2&last=b>; rel="next"`);
    const none = await client.call(`/v2/${repository}/tags/list?n=0`);
    expect([await none.json(), none.headers.get("link")]).toEqual([{ name: repository, tags: [] }, null]);
  });

  it("finds what refers to a manifest, before and after that is there, by type and by pages", async () => {
    const repository = client.fresh();
    const subject = { mediaType: mediaTypes.manifest, digest: sha256("later"), size: 5 };
    const index = async (query = "", digest = subject.digest): Promise<{ manifests: Record<string, unknown>[]; headers: Headers }> => {
      const response = await client.call(`/v2/${repository}/referrers/${digest}${query}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, mediaTypes.index]);
      return { ...((await response.json()) as { manifests: Record<string, unknown>[] }), headers: response.headers };
    };
    expect((await index()).manifests).toEqual([]);
    const sbom = await client.pushManifest(repository, undefined, { subject, artifactType: "application/sbom", annotations: { a: "b" } });
    const plain = await client.pushManifest(repository, undefined, { subject });
    const byDigest = (a: { digest: string }, b: { digest: string }): number => (a.digest < b.digest ? -1 : 1);
    const rows = [
      { mediaType: sbom.mediaType, digest: sbom.digest, size: sbom.size, artifactType: "application/sbom", annotations: { a: "b" } },
      { mediaType: plain.mediaType, digest: plain.digest, size: plain.size, artifactType: "application/vnd.test.config" },
    ];
    expect((await index()).manifests).toEqual(rows.toSorted(byDigest));
    const filtered = await index("?artifactType=application/sbom");
    expect(filtered.manifests.map((row) => row["digest"])).toEqual([sbom.digest]);
    expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
    await client.pushManifest(repository, undefined, { subject });
    await client.pushManifest(repository, undefined, { subject });
    const first = await index();
    const next = /<[^?]+(\?[^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1];
    const second = await index(next);
    expect([first.manifests.length, second.manifests.length, second.headers.get("link")]).toEqual([3, 1, null]);
    expect(await codes(await client.call(`/v2/${repository}/referrers/nonsense`))).toEqual([400, "DIGEST_INVALID"]);
  });
});

describe("mounting and deleting", () => {
  it("takes a blob over from a repository that the caller may read, and from no other", async () => {
    const [from, to] = [client.fresh(), client.fresh()];
    const { digest } = await client.pushBytes(from, Buffer.from("shared"));
    expect(await client.mountBlob({ repository: to, from, digest })).toBe(true);
    expect(await client.hasBlob({ repository: to, digest })).toBe(true);
    expect(await client.mountBlob({ repository: to, from, digest: sha256("nothing") })).toBe(false);

    const push = { repository: "private/to", actions: ["pull" as const, "push" as const] };
    const blind = createRegistryClient({ url: registry.url, auth: { token: registry.token([push]) } });
    expect(await blind.mountBlob({ repository: "private/to", from, digest })).toBe(false);
    const seeing = createRegistryClient({
      url: registry.url,
      auth: { token: registry.token([push, { repository: from, actions: ["pull"] }]) },
    });
    expect(await seeing.mountBlob({ repository: "private/to", from, digest })).toBe(true);
    expect(await registry.deps.db.selectFrom("registry_uploads").selectAll().where("repository", "=", to).execute()).toEqual([]);
  });

  it("keeps a blob that a manifest points to, and the tags of a manifest go with it", async () => {
    const repository = client.fresh();
    const { digest, layer } = await client.pushManifest(repository, "v1");
    expect(await codes(await client.call(`/v2/${repository}/blobs/${layer}`, { method: "DELETE" }))).toEqual([405, "UNSUPPORTED"]);
    expect((await client.call(`/v2/${repository}/manifests/v1`, { method: "DELETE" })).status).toBe(202);
    expect(await client.headManifest({ repository, reference: digest })).toBeDefined();
    await client.pushManifest(repository, "v2");
    await client.deleteManifest({ repository, digest });
    expect(await client.headManifest({ repository, reference: digest })).toBeUndefined();
    expect(await client.listTags({ repository })).toEqual(["v2"]);
    expect((await client.call(`/v2/${repository}/blobs/${layer}`, { method: "DELETE" })).status).toBe(202);
    expect(await codes(await client.call(`/v2/${repository}/blobs/${layer}`, { method: "DELETE" }))).toEqual([404, "BLOB_UNKNOWN"]);
    await expect(stat(blobFile(registry, layer))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
