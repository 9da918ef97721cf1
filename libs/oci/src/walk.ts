import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { entrySegments, refuseLinksOut } from "./archive-path.ts";
import type { ArchiveLimits } from "./limits.ts";
import { beyondLimit, refusedEntry } from "./refusal.ts";
import type { TarEntry } from "./tar-header.ts";

/**
 * What lies under a directory, in the one order that packing uses: names by their UTF-8 bytes, a directory before its content.
 * `.git` is left out at every depth. Symbolic links are reported, never followed.
 * @throws AppError for a link that leads out of the tree, a socket, pipe or device, and beyond the limits
 */
export async function walkTree(input: { dir: string; limits: ArchiveLimits; signal?: AbortSignal | undefined }): Promise<TarEntry[]> {
  const { dir, limits, signal } = input;
  const found: TarEntry[] = [];
  const links = new Map<string, string>();
  await visit("");
  refuseLinksOut(links);
  return found;

  async function visit(parent: string): Promise<void> {
    signal?.throwIfAborted();
    const names = (await readdir(join(dir, parent))).filter((name) => name !== ".git");
    const sorted = names.map((name) => Buffer.from(name)).toSorted((a, b) => Buffer.compare(a, b));
    for (const name of sorted) {
      const path = parent === "" ? name.toString() : `${parent}/${name.toString()}`;
      entrySegments(path, limits);
      if (found.length >= limits.entries) throw beyondLimit("entries", limits);
      const stats = await lstat(join(dir, path));
      if (stats.isDirectory()) {
        found.push({ kind: "directory", path });
        await visit(path);
      } else if (stats.isFile()) {
        found.push({ kind: "file", path, size: stats.size, executable: (stats.mode & 0o100) !== 0 });
      } else if (stats.isSymbolicLink()) {
        const target = await readlink(join(dir, path));
        if (Buffer.byteLength(target) > limits.pathBytes) throw beyondLimit("pathBytes", limits);
        if (links.size >= limits.links) throw beyondLimit("links", limits);
        links.set(path, target);
        found.push({ kind: "link", path, target });
      } else {
        throw refusedEntry("special_file", path, "is neither a file, a directory nor a symbolic link");
      }
    }
  }
}
