/**
 * Go counts strings in bytes of UTF-8. Strings of ASCII are the same either way and take the short path. A cut within a character leaves U+FFFD, as
 * strings here cannot hold half of one.
 */
export function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- the whole of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

/** The length in bytes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

/** The byte at an index, which must be in range. */
export function byteAt(text: string, index: number): number {
  return isAscii(text) ? text.charCodeAt(index) : (Buffer.from(text)[index] ?? 0);
}

/** The text between two byte offsets; `end` defaults to the end. */
export function sliceBytes(text: string, start: number, end?: number): string {
  return isAscii(text) ? text.slice(start, end) : Buffer.from(text).subarray(start, end).toString("utf8");
}
