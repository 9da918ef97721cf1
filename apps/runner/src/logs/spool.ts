import { open, type FileHandle } from "node:fs/promises";
import { createRedactor, type Redaction } from "./redact.ts";

/** The log of one job on disk, as its process writes it: redacted, appended, capped. */
export type Spool = {
  /** A source of bytes of its own: what it prints is redacted as one stream. Waits while the disk does. */
  source(): { write(chunk: Buffer): Promise<void>; end(): Promise<void> };
  /** A whole line of the runner's own. */
  line(text: string): Promise<void>;
  /** Bytes in the file so far. */
  size(): number;
  /** True once the log is cut: nothing more is kept. */
  full(): boolean;
  close(): Promise<void>;
};

/**
 * Opens the spool file for appending.
 * @param input.capBytes where the log is cut, visibly; what comes after is read and thrown away
 */
export async function openSpool(input: { path: string; redaction: Redaction; capBytes: number }): Promise<Spool> {
  const file = await open(input.path, "a", 0o600);
  let size = (await file.stat()).size;
  let cut = false;
  let queue = Promise.resolve();

  const append = (parts: readonly Buffer[]): Promise<void> => (queue = queue.then(() => appendNow(parts)));

  async function appendNow(parts: readonly Buffer[]): Promise<void> {
    if (cut || parts.length === 0) return;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (size + bytes <= input.capBytes) {
      size += bytes;
      return await writeAll(file, parts);
    }
    cut = true;
    const room = Math.max(0, input.capBytes - size);
    const note = Buffer.from(`\n[berth] The log ends here: it has reached its limit of ${input.capBytes} bytes. The job goes on.\n`);
    const kept = [Buffer.concat(parts as Buffer[]).subarray(0, room), note];
    size += room + note.length;
    await writeAll(file, kept);
  }

  return {
    source() {
      const redactor = createRedactor(input.redaction);
      return { write: (chunk) => append(redactor.push(chunk)), end: () => append(redactor.end()) };
    },
    line(text) {
      const redactor = createRedactor(input.redaction);
      return append([...redactor.push(Buffer.from(`${text}\n`)), ...redactor.end()]);
    },
    size: () => size,
    full: () => cut,
    async close() {
      await queue;
      await file.close();
    },
  };
}

async function writeAll(file: FileHandle, parts: readonly Buffer[]): Promise<void> {
  if (parts.length === 1 && parts[0]) await file.appendFile(parts[0]);
  else await file.appendFile(Buffer.concat(parts as Buffer[]));
}
