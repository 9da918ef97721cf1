import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { canonicalJson, sha256 } from "@berth/kit/digest";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { testCredentials, type TestRegistry } from "./testing.ts";

/** Where a test manifest lies, and the one layer in it. */
export type TestManifest = { digest: string; size: number; mediaType: string; layer: string };

/** What tests do at a registry, with all rights in `allowed/…`. */
export type TestClient = RegistryClient & {
  /** A repository that no other test uses. */
  fresh(): string;
  /** A plain request with credentials. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Opens an upload and returns its path. */
  open(repository: string): Promise<string>;
  pushBytes(repository: string, bytes: Uint8Array): Promise<{ digest: string; size: number }>;
  /** A manifest with one config, one random layer and whatever `more` says; without a reference under its digest. */
  pushManifest(repository: string, reference?: string, more?: object): Promise<TestManifest>;
};

/** The authorization header of the test credentials. */
export const authorization = `Basic ${Buffer.from(`${testCredentials.username}:${testCredentials.password}`).toString("base64")}`;

/** A client of that registry. Its uploads go in chunks of 1,000 bytes. */
export function createTestClient(registry: TestRegistry): TestClient {
  const client = createRegistryClient({ url: registry.url, auth: testCredentials, chunkBytes: 1000 });
  let repositories = 0;
  const call: TestClient["call"] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", authorization);
    return fetch(`${registry.url}${path}`, { ...init, headers });
  };
  const pushBytes: TestClient["pushBytes"] = async (repository, bytes) => {
    const blob = { digest: sha256(bytes), size: bytes.length };
    await client.putBlob({ repository, ...blob, source: bytes });
    return blob;
  };
  return {
    ...client,
    fresh: () => `allowed/repo${repositories++}`,
    call,
    open: async (repository) => (await call(`/v2/${repository}/blobs/uploads/`, { method: "POST" })).headers.get("location") ?? "",
    pushBytes,
    async pushManifest(repository, reference, more = {}) {
      const layer = await pushBytes(repository, randomBytes(20));
      const config = await pushBytes(repository, Buffer.from("{}"));
      const bytes = Buffer.from(
        canonicalJson({
          schemaVersion: 2,
          mediaType: mediaTypes.manifest,
          config: { mediaType: "application/vnd.test.config", ...config },
          layers: [{ mediaType: "application/vnd.test.layer", ...layer }],
          ...more,
        }),
      );
      await client.putManifest({ repository, reference: reference ?? sha256(bytes), bytes, mediaType: mediaTypes.manifest });
      return { digest: sha256(bytes), size: bytes.length, mediaType: mediaTypes.manifest, layer: layer.digest };
    },
  };
}

/** Status and error codes of a refusal. */
export async function codes(response: Response): Promise<unknown[]> {
  const body = (await response.json()) as { errors: { code: string }[] };
  return [response.status, ...body.errors.map((error) => error.code)];
}

/** Where the store of a test registry keeps a blob. */
export function blobFile(registry: TestRegistry, digest: string): string {
  return join(registry.dir, "blobs", digest.slice(7, 9), digest.slice(7));
}
