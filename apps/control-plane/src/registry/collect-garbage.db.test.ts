import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { mediaTypes } from "@berth/oci/media-types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectGarbage, type Collected } from "./collect-garbage.ts";
import { createTestClient, type TestClient } from "./testing-client.ts";
import { startTestRegistry, type TestRegistry } from "./testing.ts";

let registry: TestRegistry;
let client: TestClient;
beforeEach(async () => {
  registry = await startTestRegistry();
  client = createTestClient(registry);
});
afterEach(() => registry[Symbol.asyncDispose]());

describe("garbage collection", () => {
  const collect = (keep: readonly string[], laterMs: number): Promise<Collected> =>
    collectGarbage({
      db: registry.deps.db,
      blobs: registry.deps.blobs,
      logger: registry.deps.logger,
      keep: ({ digests }) => Promise.resolve(new Set(digests.filter((digest) => keep.includes(digest)))),
      now: new Date(Date.now() + laterMs),
      graceMs: 60_000,
      uploadMs: 3_600_000,
    });

  it("removes what nothing needs after its grace, and only that", async () => {
    const [first, second] = [client.fresh(), client.fresh()];
    const kept = await client.pushManifest(first, "kept");
    const dropped = await client.pushManifest(first, "dropped");
    const signature = await client.pushManifest(first, undefined, {
      subject: { mediaType: kept.mediaType, digest: kept.digest, size: kept.size },
    });
    const child = await client.pushManifest(first);
    const index = Buffer.from(
      JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: child.mediaType, digest: child.digest, size: child.size }] }),
    );
    await client.putManifest({ repository: first, reference: "multi", bytes: index, mediaType: mediaTypes.index });
    const shared = await client.pushBytes(first, Buffer.from("in both repositories"));
    await client.mountBlob({ repository: second, from: first, digest: shared.digest });
    const lonely = await client.pushBytes(second, Buffer.from("pushed without a manifest"));
    const upload = await client.open(first);
    await client.call(upload, { method: "PATCH", body: "never finished" });
    const keep = [kept.digest, sha256(index)];

    expect(await collect(keep, 0)).toEqual({ manifests: 0, blobs: 0, bytes: 0, uploads: 0, parts: 0 });
    expect(await collect(keep, 120_000)).toEqual({
      manifests: 1,
      blobs: 4,
      bytes: 20 + lonely.size + shared.size,
      uploads: 0,
      parts: 0,
    });
    for (const digest of [kept.digest, signature.digest, child.digest, sha256(index)]) {
      expect(await client.headManifest({ repository: first, reference: digest })).toBeDefined();
    }
    expect(await client.headManifest({ repository: first, reference: "dropped" })).toBeUndefined();
    expect(await client.hasBlob({ repository: first, digest: kept.layer })).toBe(true);
    for (const digest of [dropped.layer, lonely.digest, shared.digest]) expect(await registry.deps.blobs.stat(digest)).toBeUndefined();
    expect(await collect(keep, 7_200_000)).toMatchObject({ manifests: 0, uploads: 1 });
    expect(await readdir(join(registry.dir, "parts"))).toEqual([]);
  });

  it("that runs all the time beside pushes never takes away what a finished push needs", async () => {
    let pushing = true;
    // At first no grace at all: every gap between link, bytes and manifest is open to it. Then enough for pushes to succeed.
    let graceMs = 0;
    const collecting = (async () => {
      const rounds: Collected[] = [];
      while (pushing) {
        const { db, blobs, logger } = registry.deps;
        const keep = ({ digests }: { digests: string[] }): Promise<Set<string>> => Promise.resolve(new Set(digests));
        rounds.push(await collectGarbage({ db, blobs, logger, keep, now: new Date(), graceMs, uploadMs: 3_600_000 }));
      }
      return rounds;
    })();
    const repositories = [client.fresh(), client.fresh()];
    const finished: { repository: string; digest: string; layer: string }[] = [];
    const push = async (repository: string): Promise<void> => {
      for (let round = 0; round < 15; round++) {
        graceMs = round < 10 ? 0 : round < 13 ? 50 : 60_000;
        const outcome = await client
          .pushManifest(repository, `t${round}`)
          .catch((error: unknown) => (error instanceof AppError ? undefined : Promise.reject(error)));
        // A collected blob makes a push fail and say so; it must never make it succeed without the blob.
        if (outcome) finished.push({ repository, ...outcome });
      }
    };
    await Promise.all(repositories.map(push));
    pushing = false;
    expect((await collecting).length).toBeGreaterThan(1);
    expect(finished.length).toBeGreaterThan(0);
    for (const { repository, digest, layer } of finished) {
      expect(await client.headManifest({ repository, reference: digest })).toBeDefined();
      expect(await client.hasBlob({ repository, digest: layer })).toBe(true);
    }
  });
});
