import { watch } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const readBytes = 256 * 1024;
const pollMs = 50;

/**
 * Reads a file that another process appends to, until `ended` has resolved and everything is read.
 * @param input.onChunk may keep the chunk only until its promise resolves
 * @param input.discard says that nothing more is wanted; the file is then emptied from time to time instead of growing without end
 */
export async function followFile(input: {
  path: string;
  ended: Promise<unknown>;
  onChunk: (chunk: Buffer) => Promise<void> | void;
  discard: () => boolean;
}): Promise<void> {
  const file = await open(input.path, "r+");
  let changed = Promise.withResolvers<void>();
  const watcher = watchQuietly(input.path, () => changed.resolve());
  let over = false;
  const ended = input.ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  try {
    const buffer = Buffer.allocUnsafe(readBytes);
    for (let position = 0; ;) {
      // Asked before reading: what was written before the end is then read after it.
      const last = over;
      const { bytesRead } = await file.read(buffer, 0, readBytes, position);
      position += bytesRead;
      if (bytesRead > 0) {
        await input.onChunk(buffer.subarray(0, bytesRead));
        if (input.discard()) {
          await file.truncate(0);
          position = 0;
        }
      } else if (last) return;
      else await Promise.race([changed.promise, ended, sleep(pollMs, undefined, { ref: false })]);
      changed = Promise.withResolvers();
    }
  } finally {
    watcher?.close();
    await file.close();
  }
}

function watchQuietly(path: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(path, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // No more watches on this system; polling goes on.
    return undefined;
  }
}
