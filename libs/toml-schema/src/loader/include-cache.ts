import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";

/** Fetched texts on disk, by address. Losing it costs a fetch, so nothing here fails. */
export type IncludeCache = {
  /** The text of an address, at most `maxAgeMs` old. */
  get(address: string, maxAgeMs: number): Promise<string | undefined>;
  put(address: string, text: string): Promise<void>;
};

export function openIncludeCache(dir: string | undefined): IncludeCache {
  if (dir === undefined) return { get: async () => undefined, put: async () => {} };
  const pathOf = (address: string) => join(dir, sha256(address).slice("sha256:".length));
  return {
    async get(address, maxAgeMs) {
      try {
        const path = pathOf(address);
        const { mtimeMs } = await stat(path);
        return Date.now() - mtimeMs <= maxAgeMs ? await readFile(path, "utf8") : undefined;
      } catch {
        return undefined;
      }
    },
    async put(address, text) {
      try {
        await mkdir(dir, { recursive: true });
        const path = pathOf(address);
        const draft = `${path}.${process.pid}`;
        await writeFile(draft, text);
        await rename(draft, path);
      } catch {
        // A cache that cannot be written is only slower.
      }
    },
  };
}
