import { AppError } from "@berth/kit/errors";
import type { Manifest, RegistryClient } from "./client.ts";
import { mismatch } from "./download.ts";
import type { Descriptor } from "./manifest.ts";

const mostManifests = 1000;
const mostBytes = 64 * 1024 * 1024;
const deepest = 4;

/** A manifest and all that it leads to, in the order of a push: a manifest after those it lists. */
export type ManifestTree = { top: Manifest; manifests: Manifest[] };

/**
 * Reads an image, or an index with every image in it.
 * @throws AppError `not_found` where a listed manifest is missing, `digest_mismatch` where one has another size than listed, `too_large` beyond
 * 1,000 manifests, 64 MiB of them or four levels
 */
export async function readTree(input: {
  client: RegistryClient;
  repository: string;
  reference: string;
  signal?: AbortSignal | undefined;
}): Promise<ManifestTree> {
  const { client, repository, signal } = input;
  const seen = new Map<string, Manifest>();
  let bytes = 0;

  async function visit(reference: string, depth: number, listed?: Descriptor): Promise<Manifest> {
    const known = seen.get(reference);
    if (known) return known;
    const manifest = await client.getManifest({ repository, reference, signal });
    if (listed && listed.size !== manifest.size)
      throw mismatch(manifest.digest, `it has ${manifest.size} bytes, and its index says ${listed.size}`);
    bytes += manifest.size;
    if (seen.size >= mostManifests || bytes > mostBytes || depth > deepest)
      throw new AppError(
        "too_large",
        `${repository}:${input.reference} has more than ${mostManifests} manifests, ${mostBytes} bytes of them or ${deepest} levels`,
      );
    if (manifest.manifest.kind === "index")
      for (const child of manifest.manifest.value.manifests) await visit(child.digest, depth + 1, child);
    seen.set(manifest.digest, manifest);
    return manifest;
  }

  const top = await visit(input.reference, 1);
  return { top, manifests: [...seen.values()] };
}
