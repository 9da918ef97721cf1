import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** The text of a file, or why it cannot be had. */
export type ReadResult = { text: string } | { failure: "missing" | "not_a_file" | "too_large" | "not_text" };

/**
 * Reads a regular file of at most `maxBytes` bytes as UTF-8. Synchronous: an app is many small files, and handing each of their system calls to a
 * thread costs more than the calls.
 */
export function readTextFile(path: string, maxBytes: number): ReadResult {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return { failure: "missing" };
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return { failure: "not_a_file" };
    if (stat.size > maxBytes) return { failure: "too_large" };
    const text = decodeText(readFileSync(file));
    return text === undefined ? { failure: "not_text" } : { text };
  } finally {
    closeSync(file);
  }
}

/** UTF-8 bytes as text; undefined where they are something else. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\u0000") ? undefined : text;
  } catch {
    return undefined;
  }
}
