import { AppError } from "@berth/kit/errors";
import type { RegistryClient } from "./client.ts";
import { inParallel } from "./in-parallel.ts";
import type { AnyManifest, Descriptor } from "./manifest.ts";

/** A repository of a registry. */
export type Place = { client: RegistryClient; repository: string };

/** How a blob came to be at the target. `elsewhere`: its manifest says where to get it, and registries do not keep it. */
export type BlobFate = "sent" | "mounted" | "present" | "elsewhere";

const atOnce = 3;

/** Distinct blobs that images need. */
export function blobsOf(manifests: readonly AnyManifest[]): Descriptor[] {
  const blobs = manifests.flatMap((one) => (one.kind === "image" ? [one.value.config, ...one.value.layers] : []));
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/**
 * Copies blobs, three at a time: those that are there are left alone, those of the same registry mounted, the others streamed and verified on the way.
 * @throws AppError of either registry, `digest_mismatch` for bytes that are not what they should be
 */
export async function copyBlobs(input: {
  source: Place;
  target: Place;
  blobs: readonly Descriptor[];
  signal?: AbortSignal | undefined;
  freeSent: boolean;
  /** Told of bytes on their way to the target; those of a piece that is sent again count again. */
  onSent: (bytes: number) => void;
  onDone: (blob: Descriptor, fate: BlobFate) => void;
}): Promise<void> {
  const { source, target } = input;
  const neighbours = source.client.url === target.client.url && source.repository !== target.repository;

  await inParallel(input.blobs, { atOnce, signal: input.signal }, async (blob, signal) => {
    const { digest, size } = blob;
    if (await isElsewhere(source, blob, signal)) return input.onDone(blob, "elsewhere");
    if (neighbours && (await mount(digest, signal))) return input.onDone(blob, "mounted");
    const reader = source.client.blobReader({ repository: source.repository, digest, size, signal });
    try {
      const counted = {
        ...reader,
        async *readRange(start: number, end: number) {
          for await (const chunk of reader.readRange(start, end)) {
            const { length } = chunk;
            yield chunk;
            input.onSent(length);
            if (input.freeSent) free(chunk);
          }
        },
      };
      const { sent } = await target.client.putBlob({ repository: target.repository, digest, size, source: counted, signal });
      input.onDone(blob, sent ? "sent" : "present");
    } finally {
      await reader.close();
    }
  });

  async function mount(digest: string, signal: AbortSignal): Promise<boolean> {
    try {
      return await target.client.mountBlob({ repository: target.repository, from: source.repository, digest, signal });
    } catch (error) {
      // Credentials for the target need not reach the source.
      if (error instanceof AppError && (error.code === "forbidden" || error.code === "unauthenticated")) return false;
      throw error;
    }
  }
}

/** Gives memory back at once. The collector takes its time with it: it sees a small object, not the bytes behind it. */
function free(chunk: Uint8Array): void {
  const { buffer } = chunk;
  // A piece of a larger buffer may have neighbours that are still wanted.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) buffer.transfer(0);
}

/** Layers that may not be passed on are fetched from their `urls` by whoever runs the image; others with `urls` may or may not be in the registry. */
async function isElsewhere(source: Place, blob: Descriptor, signal: AbortSignal): Promise<boolean> {
  const { urls } = blob;
  if (!Array.isArray(urls) || urls.length === 0) return false;
  if (/nondistributable|\.foreign\./.test(blob.mediaType)) return true;
  return !(await source.client.hasBlob({ repository: source.repository, digest: blob.digest, signal }));
}
