import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { publishArtifact } from "@berth/oci/artifact";
import type { RegistryClient } from "@berth/oci/client";
import { packDirectory } from "@berth/oci/pack";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import { sha256 } from "@berth/kit/digest";
import type { ScriptedGateway } from "./scripted-gateway.ts";

/** A registry to pull from, on a scripted gateway's own address. */
export type ScriptedRegistry = {
  /** Packs files (path → contents) as a Berth artifact and publishes them. */
  publish(files: Readonly<Record<string, string>>): Promise<ArtifactRef>;
  /** Publishes an archive as it is, e.g. a hostile one. */
  publishArchive(archive: Buffer): Promise<ArtifactRef>;
  /** Publishes a packaged chart as `helm push` does. */
  publishChart(archive: Buffer): Promise<ArtifactRef>;
  /** Stored bytes by digest; a test may alter them. */
  blobs: Map<string, Buffer>;
  /** Requests for blobs and manifests so far. */
  requests: string[];
};

/** Serves `/v2/` on the gateway, pull only. */
export function addRegistry(gateway: ScriptedGateway): ScriptedRegistry {
  const blobs = new Map<string, Buffer>();
  const types = new Map<string, string>();
  const requests: string[] = [];
  const repository = "acme/app/component";

  gateway.routes.push((request: IncomingMessage, response: ServerResponse) => {
    const match = /^\/v2\/.+\/(blobs|manifests)\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? "");
    if (!request.url?.startsWith("/v2/")) return false;
    requests.push(request.url);
    const digest = match?.[2] ?? "";
    const bytes = blobs.get(digest);
    response.writeHead(bytes ? 200 : 404, {
      "content-type": types.get(digest) ?? "application/octet-stream",
      ...(bytes ? { "content-length": bytes.length, "docker-content-digest": digest } : {}),
    });
    response.end(bytes);
    return true;
  });

  // Only what publishing needs.
  const client = {
    async putBlob(input: { digest: string; source: string | Uint8Array }) {
      blobs.set(input.digest, typeof input.source === "string" ? await readFile(input.source) : Buffer.from(input.source));
    },
    putManifest(input: { bytes: Uint8Array; mediaType: string }) {
      const digest = sha256(input.bytes);
      blobs.set(digest, Buffer.from(input.bytes));
      types.set(digest, input.mediaType);
      return Promise.resolve({ digest });
    },
  } as unknown as RegistryClient;

  async function publishLayer(layerPath: string): Promise<ArtifactRef> {
    const { digest } = await publishArtifact({ client, repository, kind: "terraform_module", config: {}, layerPath });
    return { registryUrl: gateway.url, repository, digest };
  }

  return {
    blobs,
    requests,
    async publishChart(archive) {
      const config = Buffer.from("{}");
      for (const bytes of [archive, config]) blobs.set(sha256(bytes), bytes);
      const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: sha256(bytes), size: bytes.length });
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const manifest = {
        schemaVersion: 2,
        mediaType,
        config: descriptor("application/vnd.cncf.helm.config.v1+json", config),
        layers: [descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", archive)],
      };
      const { digest } = await client.putManifest({ repository, reference: "", bytes: Buffer.from(JSON.stringify(manifest)), mediaType });
      return { registryUrl: gateway.url, repository, digest };
    },
    async publish(files) {
      const scratch = await mkdtemp(join(tmpdir(), "berth-publish-"));
      try {
        const tree = join(scratch, "tree");
        for (const [path, contents] of Object.entries(files)) {
          await mkdir(dirname(join(tree, path)), { recursive: true });
          await writeFile(join(tree, path), contents, { mode: contents.startsWith("#!") ? 0o755 : 0o644 });
        }
        const layer = join(scratch, "layer");
        await packDirectory({ dir: tree, out: layer });
        return await publishLayer(layer);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
    async publishArchive(archive) {
      const scratch = await mkdtemp(join(tmpdir(), "berth-publish-"));
      try {
        const layer = join(scratch, "layer");
        await writeFile(layer, archive);
        return await publishLayer(layer);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}
