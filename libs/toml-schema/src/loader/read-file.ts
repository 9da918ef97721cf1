import { open } from "node:fs/promises";

/** The text of a file, or why it cannot be had. */
export type ReadResult = { text: string } | { failure: "missing" | "not_a_file" | "too_large" | "not_text" };

/** Reads a regular file of at most `maxBytes` bytes as UTF-8. */
export async function readTextFile(path: string, maxBytes: number): Promise<ReadResult> {
  let file;
  try {
    file = await open(path, "r");
  } catch {
    return { failure: "missing" };
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { failure: "not_a_file" };
    if (stat.size > maxBytes) return { failure: "too_large" };
    const text = decodeText(await file.readFile());
    return text === undefined ? { failure: "not_text" } : { text };
  } finally {
    await file.close();
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
