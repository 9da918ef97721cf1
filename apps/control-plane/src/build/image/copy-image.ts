import type { Published } from "@berth/oci/artifact";
import type { RegistryClient } from "@berth/oci/client";
import { copyImage } from "@berth/oci/copy";

/** Where a build publishes to: a client that may push to a repository. */
export type PushPlace = { repository: string; client: RegistryClient };

const everyMs = 5000;

/** Copies an image by its digest, with what refers to it, to where builds publish, and tells of it. */
export async function copyToPush(input: {
  source: { client: RegistryClient; repository: string; reference: string };
  push: PushPlace;
  tag: string;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<Published> {
  const { source, push, tag, say, signal } = input;
  let told = Date.now();
  const copied = await copyImage({
    source,
    target: { ...push, tag },
    referrers: true,
    signal,
    onProgress({ blobs, blobsDone, bytes, sentBytes }) {
      if (Date.now() - told < everyMs) return;
      told = Date.now();
      say(`${megabytes(sentBytes)} of ${megabytes(bytes)}, ${blobsDone} of ${blobs} layers and configs`);
    },
  });
  const { digest, size, mediaType, sentBytes, bytes, referrers } = copied;
  const more = referrers > 0 ? `, ${referrers} signatures, SBOMs or attestations with it` : "";
  say(
    `Published ${push.repository}@${digest}: ${megabytes(bytes)}, ${sentBytes === 0 ? "all there already" : `${megabytes(sentBytes)} sent`}${more}`,
  );
  return { digest, size, mediaType };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
