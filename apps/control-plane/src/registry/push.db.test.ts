import { readdir, stat, truncate, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sha256 } from "@berth/kit/digest";
import { mediaTypes } from "@berth/oci/media-types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authorization, blobFile, codes, createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, type TestRegistry } from "./testing.ts";

let registry: TestRegistry;
let client: TestClient;
beforeEach(async () => {
  registry = await startTestRegistry();
  client = createTestClient(registry);
});
afterEach(() => registry[Symbol.asyncDispose]());

describe("a push", () => {
  it("of altered or cut bytes is refused however they are sent, and stores nothing", async () => {
    const repository = client.fresh();
    const digest = sha256("the original");
    const whole = await client.call(`/v2/${repository}/blobs/uploads/?digest=${digest}`, { method: "POST", body: "altered" });
    expect(await codes(whole)).toEqual([400, "DIGEST_INVALID"]);
    const upload = await client.open(repository);
    await client.call(upload, { method: "PATCH", body: "the orig" });
    const cut = await client.call(`${upload}?digest=${digest}`, { method: "PUT" });
    expect(await codes(cut)).toEqual([400, "DIGEST_INVALID"]);
    expect(await codes(await client.call(upload))).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    expect(await client.hasBlob({ repository, digest })).toBe(false);
    expect(await registry.deps.blobs.stat(digest)).toBeUndefined();
    expect(await readdir(join(registry.dir, "parts"))).toEqual([]);
  });

  it("by our client of bytes that are not what they are said to be is refused as a mismatch", async () => {
    const repository = client.fresh();
    const path = join(registry.dir, "altered");
    await writeFile(path, "altered bytes");
    for (const source of [path, Buffer.from("altered bytes"), Readable.from([Buffer.from("altered bytes")])]) {
      const attempt = client.putBlob({ repository, digest: sha256("original byte"), size: 13, source });
      await expect(attempt).rejects.toMatchObject({ code: "digest_mismatch" });
    }
    const short = client.putBlob({
      repository,
      digest: sha256("altered bytes"),
      size: 20,
      source: Readable.from([Buffer.from("altered bytes")]),
    });
    await expect(short).rejects.toMatchObject({ code: "digest_mismatch" });
  });

  it("of a manifest is refused while something it points to is missing, cut short or of another size", async () => {
    const repository = client.fresh();
    const config = { mediaType: "application/vnd.test", ...(await client.pushBytes(repository, Buffer.from("{}"))) };
    const layer = { mediaType: "application/vnd.test", ...(await client.pushBytes(repository, Buffer.from("layer of the test"))) };
    const elsewhere = await client.pushBytes(client.fresh(), Buffer.from("in another repository"));
    const put = (layers: object[]): Promise<Response> =>
      client.call(`/v2/${repository}/manifests/v1`, {
        method: "PUT",
        headers: { "content-type": mediaTypes.manifest },
        body: JSON.stringify({ schemaVersion: 2, config, layers }),
      });
    expect(await codes(await put([{ ...layer, digest: sha256("nothing") }]))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(await codes(await put([{ ...layer, size: 5 }]))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(await codes(await put([{ mediaType: "x", ...elsewhere }]))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    await truncate(blobFile(registry, layer.digest), 5);
    expect(await codes(await put([layer]))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    await client.pushBytes(repository, Buffer.from("layer of the test"));
    expect((await put([layer])).status).toBe(201);
    expect((await put([])).headers.get("docker-content-digest")).toBe(sha256(JSON.stringify({ schemaVersion: 2, config, layers: [] })));
  });

  it("of what is no manifest, too large, or not what its digest says is refused", async () => {
    const repository = client.fresh();
    const put = (reference: string, body: string, type: string = mediaTypes.manifest): Promise<unknown> =>
      client.call(`/v2/${repository}/manifests/${reference}`, { method: "PUT", headers: { "content-type": type }, body }).then(codes);
    const config = { mediaType: "x", digest: sha256("x"), size: 1 };
    expect(await put("v1", "not json")).toEqual([400, "MANIFEST_INVALID"]);
    expect(await put("v1", JSON.stringify({ schemaVersion: 2, config, layers: [], manifests: [] }))).toEqual([400, "MANIFEST_INVALID"]);
    expect(await put("v1", JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, config, layers: [] }))).toEqual([
      400,
      "MANIFEST_INVALID",
    ]);
    expect(await put("v1", "<script>", "text/html")).toEqual([400, "MANIFEST_INVALID"]);
    expect(await put(sha256("other"), "{}")).toEqual([400, "DIGEST_INVALID"]);
    expect(await put("v1", " ".repeat(5_000_000))).toEqual([413, "SIZE_INVALID"]);
    expect(await put(`sha512:${"a".repeat(128)}`, "{}")).toEqual([400, "DIGEST_INVALID"]);
  });

  it("in chunks must go on where it stands, says where that is, and takes any replica", async () => {
    const repository = client.fresh();
    const { url } = await registry.replica();
    const path = await client.open(repository);
    const patch = (base: string, body: string, range: string): Promise<Response> =>
      fetch(`${base}${path}`, { method: "PATCH", headers: { authorization, "content-range": range }, body });
    expect((await patch(registry.url, "hello ", "0-5")).headers.get("range")).toBe("0-5");
    const outOfOrder = await patch(url, "world", "0-4");
    expect([outOfOrder.status, outOfOrder.headers.get("range")]).toEqual([416, "0-5"]);
    expect((await patch(url, "wor", "6-10")).status).toBe(400);
    expect((await patch(url, "world", "6-10")).status).toBe(202);
    const status = await client.call(path);
    expect([status.status, status.headers.get("range"), status.headers.get("location")]).toEqual([204, "0-10", path]);
    const done = await fetch(`${url}${path}?digest=${sha256("hello world!")}`, { method: "PUT", headers: { authorization }, body: "!" });
    expect([done.status, done.headers.get("location")]).toEqual([201, `/v2/${repository}/blobs/${sha256("hello world!")}`]);
    expect((await buffer(await client.getBlob({ repository, digest: sha256("hello world!") }))).toString()).toBe("hello world!");
  });

  it("that two requests continue at the same place at once takes one of them", async () => {
    const repository = client.fresh();
    const path = await client.open(repository);
    const answers = await Promise.all(
      ["aaaa", "bbbb"].map((body) => client.call(path, { method: "PATCH", headers: { "content-range": "0-3" }, body })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([202, 416]);
    expect((await client.call(path)).headers.get("range")).toBe("0-3");
  });

  it("whose connection breaks can be continued from the bytes that arrived", async () => {
    const repository = client.fresh();
    const path = await client.open(repository);
    const sending = httpRequest(`${registry.url}${path}`, {
      method: "PATCH",
      headers: { authorization, "content-length": "100", "content-range": "0-99" },
    });
    sending.on("error", () => undefined);
    sending.write("half of it");
    await expect.poll(async () => partSizes()).toEqual([10]);
    sending.destroy();
    await expect.poll(async () => (await client.call(path)).headers.get("range")).toBe("0-9");
    const done = await client.call(`${path}?digest=${sha256("half of it and the rest")}`, {
      method: "PUT",
      headers: { "content-range": "10-22" },
      body: " and the rest",
    });
    expect(done.status).toBe(201);
  });

  it("that is cancelled leaves nothing", async () => {
    const repository = client.fresh();
    const path = await client.open(repository);
    await client.call(path, { method: "PATCH", body: "something" });
    expect((await client.call(path, { method: "DELETE" })).status).toBe(204);
    expect(await codes(await client.call(path, { method: "DELETE" }))).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    expect(await readdir(join(registry.dir, "parts"))).toEqual([]);
  });

  it("of a larger blob than allowed is refused, announced or not", async () => {
    await using small = await startTestRegistry({ blobBytes: 10 });
    const send = (init: RequestInit): Promise<Response> =>
      fetch(`${small.url}/v2/allowed/a/blobs/uploads/?digest=${sha256("x")}`, { method: "POST", headers: { authorization }, ...init });
    expect(await codes(await send({ body: "more than ten bytes" }))).toEqual([413, "SIZE_INVALID"]);
    const { headers } = await fetch(`${small.url}/v2/allowed/a/blobs/uploads/`, { method: "POST", headers: { authorization } });
    const url = `${small.url}${headers.get("location")}`;
    expect((await fetch(url, { method: "PATCH", headers: { authorization }, body: "12345678" })).status).toBe(202);
    expect(await codes(await fetch(url, { method: "PATCH", headers: { authorization }, body: "90ab" }))).toEqual([413, "SIZE_INVALID"]);
    expect(await readdir(join(small.dir, "parts"))).toHaveLength(1);
  });
});

async function partSizes(): Promise<number[]> {
  const dir = join(registry.dir, "parts");
  return Promise.all((await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size));
}
