import { canonicalJson } from "@berth/kit/digest";
import type { Descriptor } from "./manifest.ts";
import { mediaTypes } from "./media-types.ts";

/** The tag under which registries that list no referrers keep an index of them: `sha256-<hex>`. */
export function referrersTag(digest: string): string {
  return digest.replace(":", "-");
}

/** The tags that cosign gives to what belongs to an image: signatures, attestations, SBOMs. */
export function cosignTags(digest: string): string[] {
  return [".sig", ".att", ".sbom"].map((suffix) => referrersTag(digest) + suffix);
}

/** The bytes of an index of referrers; those of equal digest once, in the order given. */
export function referrersIndex(descriptors: readonly Descriptor[]): Buffer {
  const manifests = [...new Map(descriptors.map((one) => [one.digest, one])).values()];
  return Buffer.from(canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
}
