import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { AppError, messageOf } from "@berth/kit/errors";
import { extract as tarExtract, type Extract } from "tar-stream";
import { entrySegments, refuseLinksOut } from "./archive-path.ts";
import { defaultLimits, type ArchiveLimits } from "./limits.ts";
import { beyondLimit, refusedEntry } from "./refusal.ts";

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

/** What came out of an archive. */
export type Unpacked = { entries: number; expandedBytes: number };

/**
 * Unpacks a tar+gzip archive of unknown origin into an empty or new directory.
 * Only files, directories and symbolic links within the tree are taken; files get mode 644, or 755 where the owner may execute.
 * Links are made last and only when none leads out, so nothing is ever written through one. On failure the directory is left empty.
 * @param input.source bytes of the archive, or the path of a file with them
 * @throws AppError `too_large` that names the limit, `unprocessable` for a hostile entry or bytes that are no archive
 */
export async function unpackArchive(input: {
  source: Readable | string;
  dir: string;
  limits?: Partial<ArchiveLimits>;
  signal?: AbortSignal;
}): Promise<Unpacked> {
  const limits = { ...defaultLimits, ...input.limits };
  await mkdir(input.dir, { recursive: true });
  if ((await readdir(input.dir)).length > 0) throw new AppError("conflict", "An archive is unpacked into an empty directory only");
  const source = typeof input.source === "string" ? createReadStream(input.source) : input.source;
  const stop = new AbortController();
  const signal = input.signal ? AbortSignal.any([stop.signal, input.signal]) : stop.signal;
  const entries = tarExtract();
  let expandedBytes = 0;
  let archiveBytes = 0;

  const reading = pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        archiveBytes += chunk.length;
        if (archiveBytes > limits.archiveBytes) throw beyondLimit("archiveBytes", limits);
        yield chunk;
      }
    },
    createGunzip({ chunkSize: 64 * 1024 }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        expandedBytes += chunk.length;
        if (expandedBytes > limits.expandedBytes) throw beyondLimit("expandedBytes", limits);
        yield chunk;
      }
    },
    entries,
    { signal },
  );
  const writing = writeEntries({ entries, dir: input.dir, limits });
  writing.catch((error: unknown) => stop.abort(error));
  const [read, written] = await Promise.allSettled([reading, writing]);
  const failure = causeOf(read, written);
  if (failure !== undefined) {
    await emptyDirectory(input.dir);
    input.signal?.throwIfAborted();
    throw failure instanceof AppError || isFileSystemError(failure) ? failure : damaged(failure);
  }
  return { entries: written.status === "fulfilled" ? written.value : 0, expandedBytes };
}

async function writeEntries(input: { entries: AsyncIterable<Entry>; dir: string; limits: ArchiveLimits }): Promise<number> {
  const { dir, limits } = input;
  const links = new Map<string, string>();
  let count = 0;
  const countOne = (): void => {
    if (++count > limits.entries) throw beyondLimit("entries", limits);
  };
  let lastMade = "";
  /** Entries mostly come directory by directory; before the last step nothing can take the place of one that is made. */
  const makeDirectory = async (path: string, entry: string, made: () => void): Promise<void> => {
    if (path === "" || `${lastMade}/`.startsWith(`${path}/`)) return;
    await makeDirectories(dir, path.split("/"), entry, made);
    lastMade = path;
  };

  for await (const entry of input.entries) {
    const { name, type, linkname, size, mode } = entry.header;
    const segments = entrySegments(name, limits);
    const path = segments.join("/");
    const parent = segments.slice(0, -1).join("/");
    if (segments.length === 0 && type !== "directory") throw refusedEntry("path_empty", name, "has no name");
    switch (type as string) {
      case "directory":
        countOne();
        await makeDirectory(parent, name, countOne);
        await makeDirectory(path, name, () => undefined);
        break;
      case "file":
        countOne();
        if ((size ?? 0) > limits.expandedBytes) throw beyondLimit("expandedBytes", limits);
        await makeDirectory(parent, name, countOne);
        await writeFile(entry, join(dir, path), name, ((mode ?? 0) & 0o100) !== 0);
        break;
      case "symlink":
        countOne();
        if (links.size >= limits.links) throw beyondLimit("links", limits);
        if (Buffer.byteLength(linkname ?? "") > limits.pathBytes) throw beyondLimit("pathBytes", limits);
        if (!linkname || /[\0\uFFFD]/.test(linkname)) throw refusedEntry("path_characters", name, "is a link without a usable target");
        if (links.has(path)) throw refusedEntry("duplicate", name, "is in the archive twice");
        links.set(path, linkname);
        break;
      default:
        throw refusedEntry("entry_type", name, `is of type ${JSON.stringify(type)}; only files, directories and symbolic links are taken`);
    }
    entry.resume();
  }

  refuseLinksOut(links);
  for (const [path, target] of links) {
    await makeDirectories(dir, path.split("/").slice(0, -1), path, countOne);
    await symlink(target, join(dir, path)).catch((error: unknown) => {
      throw clash(error, path);
    });
  }
  return count;
}

/** Makes each level by itself: what is already there must be a directory, never a link or file. */
async function makeDirectories(dir: string, segments: readonly string[], entry: string, made: () => void): Promise<void> {
  let at = dir;
  for (const segment of segments) {
    at = join(at, segment);
    try {
      await mkdir(at, { mode: 0o755 });
      made();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !(await isDirectory(at))) throw clash(error, entry);
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path)).isDirectory();
}

async function writeFile(entry: Entry, path: string, name: string, executable: boolean): Promise<void> {
  try {
    await pipeline(entry, createWriteStream(path, { flags: "wx", mode: executable ? 0o755 : 0o644 }));
  } catch (error) {
    throw clash(error, name);
  }
}

function clash(error: unknown, entry: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EEXIST") return refusedEntry("duplicate", entry, "is in the archive twice, or differs from another name only in case");
  if (code === "ENAMETOOLONG") return refusedEntry("name_length", entry, "has a longer path than this system takes");
  if (code === "ENOTDIR") return refusedEntry("duplicate", entry, "lies under something that is not a directory");
  return error;
}

function causeOf(...results: PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.filter((result) => result.status === "rejected").map((result) => result.reason as unknown);
  // The side that stopped first says why; the other only says that it was stopped.
  return reasons.find((reason) => reason instanceof AppError) ?? reasons.find(isFileSystemError) ?? reasons[0];
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function damaged(cause: unknown): AppError {
  return new AppError(
    "unprocessable",
    `The archive is refused: it is damaged or cut short (${messageOf(cause)})`,
    { limit: "format" },
    { cause },
  );
}

async function emptyDirectory(dir: string): Promise<void> {
  for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true, force: true });
}
