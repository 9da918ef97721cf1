import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "@berth/kit/errors";
import type { BlobStore, Part, WriteOptions } from "./store.ts";

const digestPattern = /^sha256:([0-9a-f]{64})$/;
const partPattern = /^[0-9a-f]{32}$/;
const readChunkBytes = 256 * 1024;

/**
 * A blob store in a directory: `blobs/ab/<hex>` and `parts/<id>`. The directory may be shared by several processes.
 * A blob appears by rename after its bytes are on disk, so a reader or a crash never meets half of one.
 */
export async function createDiskStore(input: { dir: string }): Promise<BlobStore> {
  const blobs = join(input.dir, "blobs");
  const parts = join(input.dir, "parts");
  await mkdir(blobs, { recursive: true });
  await mkdir(parts, { recursive: true });

  const blobPath = (digest: string): string => {
    const hex = digestPattern.exec(digest)?.[1];
    if (!hex) throw new AppError("bad_request", "A blob is named by sha256:<64 hex digits>");
    return join(blobs, hex.slice(0, 2), hex);
  };
  const partPath = (id: string): string => {
    if (!partPattern.test(id)) throw new AppError("bad_request", "This is not the id of a part");
    return join(parts, id);
  };

  const store: BlobStore = {
    async put(source, options = {}) {
      const part = await store.writePart(source, options);
      const wrong = options.digest !== undefined && part.digest !== options.digest;
      if (part.failure !== undefined || wrong) {
        await store.dropPart(part.id);
        if (part.failure !== undefined) throw part.failure;
        throw new AppError("digest_mismatch", `The bytes are ${part.digest}, not ${options.digest}`, {
          expected: options.digest,
          actual: part.digest,
        });
      }
      await store.commitPart(part);
      return { digest: part.digest, size: part.size };
    },

    async get(digest, range) {
      const file = await openIfThere(blobPath(digest));
      return file && createReadStream("", { fd: file, ...range, highWaterMark: readChunkBytes });
    },

    async stat(digest) {
      const found = await stat(blobPath(digest)).catch(absent);
      return found && { size: found.size };
    },

    async delete(digest) {
      const path = blobPath(digest);
      if (!(await stat(path).catch(absent))) return false;
      await rm(path, { force: true });
      return true;
    },

    writePart: (source, options = {}) => writePart(parts, source, options),

    async joinParts(ids) {
      const joined = await writePart(parts, inOrder(ids.map(partPath)), {});
      if (joined.failure !== undefined) {
        await store.dropPart(joined.id);
        throw joined.failure;
      }
      for (const id of ids) await store.dropPart(id);
      return joined;
    },

    async commitPart({ id, digest }) {
      const target = blobPath(digest);
      await mkdir(dirname(target), { recursive: true });
      await rename(partPath(id), target).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "ENOENT" ? new AppError("not_found", "The uploaded bytes are gone; upload them again") : error;
      });
      await syncDirectory(dirname(target));
      await syncDirectory(blobs);
    },

    async dropPart(id) {
      await rm(partPath(id), { force: true });
    },

    async sweepParts(before) {
      let swept = 0;
      for (const name of await readdir(parts)) {
        const found = await stat(join(parts, name)).catch(absent);
        if (!found || found.mtime >= before) continue;
        await rm(join(parts, name), { force: true });
        swept += 1;
      }
      return swept;
    },
  };
  return store;
}

async function writePart(dir: string, source: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<Part> {
  const id = randomBytes(16).toString("hex");
  const path = join(dir, id);
  const hash = createHash("sha256");
  const limit = options.maxBytes ?? Number.POSITIVE_INFINITY;
  let size = 0;
  let failure: unknown;
  try {
    await using file = await open(path, "wx", 0o644);
    try {
      for await (const chunk of source) {
        options.signal?.throwIfAborted();
        if (size + chunk.byteLength > limit) throw new AppError("too_large", `A blob may have at most ${limit} bytes`, { limit });
        await writeAll(file, chunk);
        hash.update(chunk);
        size += chunk.byteLength;
      }
    } catch (error) {
      if (error instanceof AppError && error.code === "too_large") throw error;
      failure = error ?? new Error("the source broke off");
    }
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { id, size, digest: `sha256:${hash.digest("hex")}`, ...(failure !== undefined && { failure }) };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.byteLength;) {
    written += (await file.write(chunk, written)).bytesWritten;
  }
}

async function* inOrder(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) {
    const file = await openIfThere(path);
    if (!file) throw new AppError("not_found", "A piece of the upload is gone; upload it again");
    for await (const chunk of createReadStream("", { fd: file, highWaterMark: readChunkBytes })) yield chunk as Buffer;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch(absent);
}

/** A rename is durable only once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
