import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "@berth/kit/digest";

/** Modules as `init` has left them, on the runner's disk: the next job with the same artifact neither pulls nor initialises. */
export type ModuleCache = {
  /** Copies a kept module into an empty directory. False where there is none, or what it points to is gone; the directory is empty then. */
  take(key: string, path: string): boolean;
  /** Keeps a copy of a directory that `init` has just made ready; the oldest ones go where there are too many. */
  keep(key: string, path: string): void;
};

/** What is kept at most. A module with its providers in the plugin cache is small; one that carries its own files may not be. */
const most = { entries: 64, entryBytes: 256 * 1024 * 1024, bytes: 2 * 1024 * 1024 * 1024 };

/** The key of what `init` makes: the same files, program and environment give the same result. */
export function moduleKey(input: { artifact: string; terraform: string; envVars: Readonly<Record<string, string>> }): string {
  return digestOf(input).slice("sha256:".length);
}

/** @param dir made where it is not there; readable by the runner's user only */
export function openModuleCache(dir: string, limits: typeof most = most): ModuleCache {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return {
    take(key, path) {
      const kept = join(dir, key);
      if (!existsSync(kept)) return false;
      try {
        if (!isWhole(kept)) throw new Error("a provider it links to is gone");
        cpSync(kept, path, { recursive: true, verbatimSymlinks: true });
        const now = new Date();
        utimesSync(kept, now, now);
        return true;
      } catch {
        // Whatever is wrong with it: it can be made again.
        rmSync(kept, { recursive: true, force: true });
        empty(path);
        return false;
      }
    },
    keep(key, path) {
      const kept = join(dir, key);
      if (existsSync(kept) || sizeOf(path) > limits.entryBytes) return;
      // Its name tells that it is not whole yet; what a killed job left of it goes with the oldest.
      const making = mkdtempSync(join(dir, ".making-"));
      try {
        cpSync(path, making, { recursive: true, verbatimSymlinks: true });
        renameSync(making, kept);
      } catch {
        // The disk is full, or another job was first: nothing is lost.
        rmSync(making, { recursive: true, force: true });
      }
      prune(dir, limits);
    },
  };
}

function prune(dir: string, limits: typeof most): void {
  const newestFirst = readdirSync(dir)
    .map((name) => ({ path: join(dir, name), usedAt: statSync(join(dir, name)).mtimeMs }))
    .toSorted((a, b) => b.usedAt - a.usedAt);
  let bytes = 0;
  for (const [index, { path }] of newestFirst.entries()) {
    bytes += sizeOf(path);
    if (index >= limits.entries || bytes > limits.bytes) rmSync(path, { recursive: true, force: true });
  }
}

/** True where every link leads somewhere: providers lie in the plugin cache, which may have been emptied. */
function isWhole(path: string): boolean {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return existsSync(path);
  return !stat.isDirectory() || readdirSync(path).every((name) => isWhole(join(path, name)));
}

function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function empty(path: string): void {
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
}
