import { randomBytes } from "node:crypto";
import { sha256 } from "@berth/kit/digest";
import type { RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";

/** What points to stored bytes. */
export type Stored = { mediaType: string; digest: string; size: number };

const layerType = "application/vnd.oci.image.layer.v1.tar";
const configType = "application/vnd.oci.image.config.v1+json";

/** Puts a blob. */
export async function putBytes(client: RegistryClient, repository: string, mediaType: string, bytes: Buffer): Promise<Stored> {
  const blob = { digest: sha256(bytes), size: bytes.length };
  await client.putBlob({ repository, ...blob, source: bytes });
  return { mediaType, ...blob };
}

/** Puts a manifest of these fields under a tag or its digest. */
export async function putJson(
  client: RegistryClient,
  repository: string,
  value: { mediaType: string } & Record<string, unknown>,
  tag?: string,
): Promise<Stored> {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...value }));
  const stored = { mediaType: value.mediaType, digest: sha256(bytes), size: bytes.length };
  await client.putManifest({ repository, reference: tag ?? stored.digest, bytes, mediaType: value.mediaType });
  return stored;
}

/** Puts an image of random layers of these sizes. */
export async function putImage(
  client: RegistryClient,
  repository: string,
  input: { layers?: number[]; tag?: string; architecture?: string; more?: Record<string, unknown>; extraLayers?: object[] } = {},
): Promise<Stored & { layers: Stored[] }> {
  const layers: Stored[] = [];
  for (const size of input.layers ?? [5000, 100]) layers.push(await putBytes(client, repository, layerType, randomBytes(size)));
  const { architecture = "amd64" } = input;
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const config = await putBytes(
    client,
    repository,
    configType,
    Buffer.from(JSON.stringify({ architecture, os: "linux", config: {}, rootfs })),
  );
  const all = [...layers, ...(input.extraLayers ?? [])];
  const manifest = { mediaType: mediaTypes.manifest, config, layers: all, ...input.more };
  return { ...(await putJson(client, repository, manifest, input.tag)), layers };
}

/** Puts an index of images for these architectures. */
export async function putIndex(
  client: RegistryClient,
  repository: string,
  input: { architectures: string[]; tag?: string },
): Promise<Stored & { images: (Stored & { layers: Stored[] })[] }> {
  const images: (Stored & { layers: Stored[] })[] = [];
  for (const architecture of input.architectures) images.push(await putImage(client, repository, { architecture }));
  const manifests = images.map(({ mediaType, digest, size }, index) => ({
    mediaType,
    digest,
    size,
    platform: { os: "linux", architecture: input.architectures[index] },
  }));
  return { ...(await putJson(client, repository, { mediaType: mediaTypes.index, manifests }, input.tag)), images };
}
