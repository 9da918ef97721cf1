import { canonicalJson, sha256 } from "@berth/kit/digest";
import type { Published } from "@berth/oci/artifact";
import type { RegistryClient } from "@berth/oci/client";
import { mediaTypes } from "@berth/oci/media-types";
import { chartMediaTypes } from "./media-types.ts";
import type { ChartMetadata } from "./metadata.ts";

/** Pushes a chart in the form of `helm push`, so that `helm pull` reads it; without the time of the push, so that equal charts have equal digests. */
export async function pushChart(input: {
  client: RegistryClient;
  repository: string;
  tag: string;
  metadata: ChartMetadata;
  archive: { path: string; digest: string; size: number };
  signal: AbortSignal;
}): Promise<Published> {
  const { client, repository, tag, metadata, archive, signal } = input;
  const config = Buffer.from(canonicalJson(withoutNulls(metadata)));
  await client.putBlob({ repository, source: archive.path, digest: archive.digest, size: archive.size, signal });
  await client.putBlob({ repository, source: config, digest: sha256(config), size: config.length, signal });
  const bytes = Buffer.from(
    canonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: chartMediaTypes.config, digest: sha256(config), size: config.length },
      layers: [{ mediaType: chartMediaTypes.content, digest: archive.digest, size: archive.size }],
      annotations: annotationsOf(metadata),
    }),
  );
  const digest = sha256(bytes);
  await client.putManifest({ repository, reference: tag, bytes, mediaType: mediaTypes.manifest, signal });
  return { digest, size: bytes.length, mediaType: mediaTypes.manifest };
}

function annotationsOf({ name, version, description, home, sources, maintainers, annotations }: ChartMetadata): Record<string, string> {
  const authors = (maintainers ?? []).map((one) => (one.email ? `${one.name ?? ""} (${one.email})` : (one.name ?? ""))).join(", ");
  const own = {
    ...(description ? { "org.opencontainers.image.description": description } : {}),
    ...(home ? { "org.opencontainers.image.url": home } : {}),
    ...(sources?.[0] ? { "org.opencontainers.image.source": sources[0] } : {}),
    ...(authors ? { "org.opencontainers.image.authors": authors } : {}),
  };
  // A chart may say more, but not that it is another one.
  return { ...own, ...annotations, "org.opencontainers.image.title": name, "org.opencontainers.image.version": version };
}

/** Helm reads a field that is null as one that is not there; other readers may not. */
function withoutNulls(metadata: ChartMetadata): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}
