import { blobsOf, copyBlobs, type BlobFate, type Place } from "./copy-blobs.ts";
import { copyReferrers } from "./copy-referrers.ts";
import type { Manifest } from "./client.ts";
import { readTree } from "./read-tree.ts";

/** How far a copy is. Blobs are layers and configs; `sentBytes` are those that went over the wire. */
export type CopyProgress = { blobs: number; blobsDone: number; bytes: number; bytesDone: number; sentBytes: number };

/** What was copied. `bytes` are those of the image's manifests and blobs, of all platforms. */
export type Copied = {
  digest: string;
  /** Size and media type of the manifest that the digest is of. */
  size: number;
  mediaType: string;
  bytes: number;
  blobs: Record<BlobFate, number>;
  sentBytes: number;
  referrers: number;
};

type Input = {
  source: Place & { /** A tag or a digest. */ reference: string };
  target: Place & { /** Set last, when everything is there. */ tag?: string | undefined };
  /** Copies signatures, SBOMs and attestations too. */
  referrers: boolean;
  signal?: AbortSignal | undefined;
  /** Frees bytes as soon as the next are asked for. Only where the target's `fetch` has written a piece of a body by then; the global one may not have. */
  freeSent?: boolean;
  onProgress?: ((progress: CopyProgress) => void) | undefined;
};

/**
 * Copies an image, or an index with every image in it, from one registry to another or within one; every byte and digest stays as it is. Blobs are streamed and
 * verified on the way; what the target has already is not sent, so a copy that broke off is taken up again by copying once more. A manifest is pushed after
 * all that it points to, the tag last.
 * @throws AppError of either registry; `digest_mismatch` for altered or cut bytes, `not_found` for what the source lacks: nothing is tagged then
 */
export async function copyImage(input: Input): Promise<Copied> {
  const { source, target, signal } = input;
  const fates: Record<BlobFate, number> = { sent: 0, mounted: 0, present: 0, elsewhere: 0 };
  const progress: CopyProgress = { blobs: 0, blobsDone: 0, bytes: 0, bytesDone: 0, sentBytes: 0 };
  const tell = (): void => input.onProgress?.({ ...progress });

  async function copyTree(
    reference: string,
  ): Promise<{ top: Manifest; manifests: Manifest[]; bytes: number; subject?: string | undefined }> {
    const { top, manifests } = await readTree({ client: source.client, repository: source.repository, reference, signal });
    const missing = await missingOf(manifests, target, signal);
    const blobs = blobsOf(missing.map(({ manifest }) => manifest));
    progress.blobs += blobs.length;
    progress.bytes += blobs.reduce((sum, { size }) => sum + size, 0);
    tell();
    await copyBlobs({
      source,
      target,
      blobs,
      signal,
      freeSent: input.freeSent ?? false,
      onSent(bytes) {
        progress.sentBytes += bytes;
        tell();
      },
      onDone(blob, fate) {
        fates[fate] += 1;
        progress.blobsDone += 1;
        progress.bytesDone += blob.size;
        tell();
      },
    });
    let subject: string | undefined;
    for (const { digest, bytes, mediaType } of missing)
      ({ subject } = await target.client.putManifest({ repository: target.repository, reference: digest, bytes, mediaType, signal }));
    const parts = [...manifests, ...blobsOf(manifests.map(({ manifest }) => manifest))];
    return { top, manifests, bytes: parts.reduce((sum, { size }) => sum + size, 0), subject };
  }

  const image = await copyTree(source.reference);
  const copyOne = async (reference: string, tag?: string): Promise<{ digest: string; listed: boolean }> => {
    const { top, subject } = await copyTree(reference);
    if (tag !== undefined) await tagAs(top, tag, target, signal);
    const named = top.manifest.value.subject?.digest;
    return { digest: top.digest, listed: named !== undefined && (named === subject || (await isListed(top, named, target, signal))) };
  };
  const subjects = image.manifests.map(({ digest }) => digest);
  const referrers = input.referrers ? await copyReferrers({ source, target, subjects, copyOne, signal }) : 0;
  if (target.tag !== undefined) await tagAs(image.top, target.tag, target, signal);
  const { digest, size, mediaType } = image.top;
  return { digest, size, mediaType, bytes: image.bytes, blobs: fates, sentBytes: progress.sentBytes, referrers };
}

/** Those that the target does not have. A registry takes no manifest without its blobs, so what one that is there needs is there too. */
async function missingOf(manifests: readonly Manifest[], target: Place, signal: AbortSignal | undefined): Promise<Manifest[]> {
  const missing: Manifest[] = [];
  for (const one of manifests)
    if (!(await target.client.headManifest({ repository: target.repository, reference: one.digest, signal }))) missing.push(one);
  return missing;
}

async function tagAs(manifest: Manifest, tag: string, target: Place, signal: AbortSignal | undefined): Promise<void> {
  const { repository } = target;
  const head = await target.client.headManifest({ repository, reference: tag, signal });
  if (head?.digest === manifest.digest) return;
  await target.client.putManifest({ repository, reference: tag, bytes: manifest.bytes, mediaType: manifest.mediaType, signal });
}

async function isListed(manifest: Manifest, subject: string, target: Place, signal: AbortSignal | undefined): Promise<boolean> {
  const listed = await target.client.listReferrers({ repository: target.repository, digest: subject, signal });
  return listed.some(({ digest }) => digest === manifest.digest);
}
