import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { canonicalJson, sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "./client.ts";
import { defaultLimits, type ArchiveLimits } from "./limits.ts";
import type { Descriptor } from "./manifest.ts";
import { configMediaType, kindOfConfig, mediaTypes } from "./media-types.ts";
import { beyondLimit } from "./refusal.ts";
import { unpackArchive } from "./unpack.ts";

const configLimit = 4 * 1024 * 1024;

/** What a published artifact is addressed by: digest, size and media type of its manifest. */
export type Published = { digest: string; size: number; mediaType: string };

/** What a pulled artifact was made of. `kind` has dashes where the published one may have had underscores. */
export type Pulled = { kind: string; config: unknown; digest: string; layerDigest: string; entries: number; expandedBytes: number };

/**
 * Pushes an artifact: a JSON config and one layer of files (made by `packDirectory`). Equal input gives an equal digest.
 * @param input.tag for people; the artifact is addressed by its digest
 */
export async function publishArtifact(input: {
  client: RegistryClient;
  repository: string;
  kind: string;
  config: unknown;
  layerPath: string;
  tag?: string;
  signal?: AbortSignal;
}): Promise<Published> {
  const { client, repository, signal } = input;
  const configType = configMediaType(input.kind);
  if (!kindOfConfig(configType)) throw new AppError("bad_request", `${JSON.stringify(input.kind)} is not a kind of artifact`);
  const config = Buffer.from(canonicalJson(input.config));
  const configDescriptor: Descriptor = { mediaType: configType, digest: sha256(config), size: config.length };
  const layerDescriptor: Descriptor = { mediaType: mediaTypes.files, ...(await digestOfFile(input.layerPath, signal)) };
  await client.putBlob({ repository, source: input.layerPath, digest: layerDescriptor.digest, size: layerDescriptor.size, signal });
  await client.putBlob({ repository, source: config, digest: configDescriptor.digest, size: configDescriptor.size, signal });
  const bytes = Buffer.from(
    canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [layerDescriptor] }),
  );
  const digest = sha256(bytes);
  await client.putManifest({ repository, reference: input.tag ?? digest, bytes, mediaType: mediaTypes.manifest, signal });
  return { digest, size: bytes.length, mediaType: mediaTypes.manifest };
}

/**
 * Pulls an artifact by digest and unpacks its files into an empty or new directory.
 * The layer is downloaded beside `dir` and verified in full before the first byte of it is unpacked.
 * @param input.kind refuses an artifact of any other kind
 * @throws AppError `digest_mismatch` for altered or cut bytes, `unprocessable` for what is no Berth artifact or a hostile archive, `too_large` beyond a limit
 */
export async function pullArtifact(input: {
  client: RegistryClient;
  repository: string;
  digest: string;
  dir: string;
  kind?: string;
  limits?: Partial<ArchiveLimits>;
  signal?: AbortSignal;
}): Promise<Pulled> {
  const { client, repository, digest, signal } = input;
  const limits = { ...defaultLimits, ...input.limits };
  const { manifest } = await client.getManifest({ repository, reference: digest, signal });
  const layer = manifest.kind === "image" ? manifest.value.layers[0] : undefined;
  const kind = manifest.kind === "image" ? kindOfConfig(manifest.value.config.mediaType) : undefined;
  if (manifest.kind !== "image" || !layer || !kind || manifest.value.layers.length !== 1 || layer.mediaType !== mediaTypes.files) {
    throw new AppError("unprocessable", `${repository}@${digest} is not an artifact made by Berth`, { digest });
  }
  if (input.kind !== undefined && configMediaType(input.kind) !== manifest.value.config.mediaType) {
    throw new AppError("unprocessable", `${repository}@${digest} is of kind ${kind}, not ${input.kind}`, { digest });
  }
  if (layer.size > limits.archiveBytes) throw beyondLimit("archiveBytes", limits);
  const config = await pullConfig({ client, repository, descriptor: manifest.value.config, signal });

  const scratch = await mkdtemp(join(dirname(input.dir), ".pull-"));
  try {
    const path = join(scratch, "layer");
    const bytes = await client.getBlob({ repository, digest: layer.digest, size: layer.size, signal });
    await pipeline(bytes, createWriteStream(path), signal ? { signal } : {});
    const unpacked = await unpackArchive({ source: path, dir: input.dir, limits, ...(signal && { signal }) });
    return { kind, config, digest, layerDigest: layer.digest, ...unpacked };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function pullConfig(input: {
  client: RegistryClient;
  repository: string;
  descriptor: Descriptor;
  signal: AbortSignal | undefined;
}): Promise<unknown> {
  const { digest, size } = input.descriptor;
  if (size > configLimit)
    throw new AppError("too_large", `The config of the artifact has more than ${configLimit} bytes`, { limit: "config" });
  const bytes = await buffer(await input.client.getBlob({ repository: input.repository, digest, size, signal: input.signal }));
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new AppError("unprocessable", "The config of the artifact is not JSON", { digest });
  }
}

async function digestOfFile(path: string, signal: AbortSignal | undefined): Promise<{ digest: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, ...(signal && { signal }) })) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    hash.update(bytes);
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}
