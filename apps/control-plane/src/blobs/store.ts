import type { Readable } from "node:stream";

/** A whole blob that is stored under its digest. */
export type StoredBlob = { digest: string; size: number };

/**
 * Bytes that were written but are not yet a blob: sealed, nobody writes to them any more.
 * `failure` is set where the source broke off; the bytes until there are kept and count.
 */
export type Part = { id: string; size: number; digest: string; failure?: unknown };

/** How much may be written, and until when. */
export type WriteOptions = { maxBytes?: number | undefined; signal?: AbortSignal | undefined };

/**
 * Content-addressed bytes; `digest` is always `sha256:<hex>`. Several processes may use one store.
 * Parts exist so that an upload can arrive in pieces and at several processes: an object store's multipart upload fits the same shape.
 */
export type BlobStore = {
  /**
   * Stores a stream durably and atomically: either the whole blob is there or nothing.
   * @param options.digest what the bytes must hash to
   * @throws AppError `digest_mismatch`, `too_large`; or whatever the source fails with
   */
  put(source: AsyncIterable<Uint8Array>, options?: WriteOptions & { digest?: string | undefined }): Promise<StoredBlob>;
  /** The bytes, or those from `start` to `end` inclusive; undefined where there is no such blob. Readers unaffected by a later delete. */
  get(digest: string, range?: { start: number; end: number }): Promise<Readable | undefined>;
  stat(digest: string): Promise<{ size: number } | undefined>;
  /** False where there was nothing to delete. */
  delete(digest: string): Promise<boolean>;

  /** Writes one part. A source that breaks off gives a shorter part with `failure`. @throws AppError `too_large`, and then keeps nothing */
  writePart(source: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<Part>;
  /** One part with the bytes of several, in order. The old ones are gone afterwards. @throws AppError `not_found` where one is missing */
  joinParts(ids: readonly string[]): Promise<Part>;
  /** Makes the part the blob of its digest, replacing one that is there. @throws AppError `not_found` */
  commitPart(part: { id: string; digest: string }): Promise<void>;
  dropPart(id: string): Promise<void>;
  /** Removes parts last written before then, left over by what crashed or gave up. Returns their number. */
  sweepParts(before: Date): Promise<number>;
};
