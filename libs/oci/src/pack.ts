import { createHash } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { gzipReproducibly } from "./gzip.ts";
import { defaultLimits, type ArchiveLimits } from "./limits.ts";
import { beyondLimit, refusedEntry } from "./refusal.ts";
import { tarEnd, tarHeader, tarPadding, type TarEntry } from "./tar-header.ts";
import { walkTree } from "./walk.ts";

/** An archive on disk: `digest` and `size` of the file as it is, `diffId` the digest of the tar stream in it. */
export type PackedArchive = { path: string; digest: string; size: number; diffId: string };

const chunkBytes = 256 * 1024;

/**
 * Packs a directory into a tar+gzip file whose bytes depend only on the names, contents, executable bits and link targets in it.
 * Leaves out `.git`; owners, times and other mode bits are fixed. Memory does not grow with the size of files.
 * @param input.out file to write; it must not exist. Removed again on failure.
 * @throws AppError `unprocessable` for links out of the tree, special files and files that change meanwhile, `too_large` beyond a limit
 */
export async function packDirectory(input: {
  dir: string;
  out: string;
  limits?: Partial<ArchiveLimits>;
  signal?: AbortSignal;
}): Promise<PackedArchive> {
  const limits = { ...defaultLimits, ...input.limits };
  const entries = await walkTree({ dir: input.dir, limits, signal: input.signal });
  const packed = createHash("sha256");
  const unpacked = createHash("sha256");
  let size = 0;
  let expanded = 0;

  async function* tar(): AsyncGenerator<Buffer> {
    for await (const chunk of inLargeChunks(tarStream(input.dir, entries))) {
      expanded += chunk.length;
      if (expanded > limits.expandedBytes) throw beyondLimit("expandedBytes", limits);
      unpacked.update(chunk);
      yield chunk;
    }
  }
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of gzipReproducibly(tar())) {
      size += chunk.length;
      if (size > limits.archiveBytes) throw beyondLimit("archiveBytes", limits);
      packed.update(chunk);
      yield chunk;
    }
  }

  const out = await open(input.out, "wx", 0o644);
  try {
    await pipeline(counted(), createWriteStream("", { fd: out }), input.signal ? { signal: input.signal } : {});
  } catch (error) {
    await rm(input.out, { force: true });
    throw error;
  }
  return { path: input.out, digest: `sha256:${packed.digest("hex")}`, size, diffId: `sha256:${unpacked.digest("hex")}` };
}

async function* tarStream(dir: string, entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield tarHeader(entry);
    if (entry.kind !== "file") continue;
    yield* fileBytes(join(dir, entry.path), entry);
    yield tarPadding(entry.size);
  }
  yield tarEnd;
}

/** Exactly the announced number of bytes, from the file itself and not from a link put in its place since the walk. */
async function* fileBytes(path: string, entry: { path: string; size: number }): AsyncGenerator<Buffer> {
  const changed = refusedEntry("changed", entry.path, "changed while it was packed");
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ELOOP" || error.code === "ENOENT" ? changed : error;
  });
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, entry.size + 1));
  let left = entry.size;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead > left) throw changed;
    if (bytesRead === 0) break;
    left -= bytesRead;
    yield Buffer.from(buffer.subarray(0, bytesRead));
  }
  if (left > 0) throw changed;
}

/** Joins small chunks: one call of zlib for each header of 512 bytes would cost more than the compression. */
async function* inLargeChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
