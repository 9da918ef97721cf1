/**
 * Breaks a line at spaces so that no line is longer than `width` bytes; words longer than that are broken only if `breakWords`. Spaces that would begin a
 * line are dropped.
 */
export function wrapText(text: string, width: number, separator: string, breakWords: boolean): string {
  const size = Math.max(width, 1);
  const joint = separator === "" ? "\n" : separator;
  const bytes = Buffer.from(text).toString("latin1");
  const lines: string[] = [];
  let at = 0;
  while (bytes.length - at > size) {
    if (bytes[at] === " ") {
      at++;
      continue;
    }
    const before = bytes.lastIndexOf(" ", at + size);
    if (before >= at) {
      lines.push(bytes.slice(at, before));
      at = before + 1;
    } else if (breakWords) {
      lines.push(bytes.slice(at, at + size));
      at += size;
    } else {
      const after = bytes.indexOf(" ", at + size);
      if (after === -1) break;
      lines.push(bytes.slice(at, after));
      at = after + 1;
    }
  }
  lines.push(bytes.slice(at));
  return lines.map((line) => Buffer.from(line, "latin1").toString("utf8")).join(joint);
}

/** Shortens to at most `width` bytes, ellipses included, so that what stands at byte `offset` remains. */
export function abbreviate(text: string, offset: number, width: number): string {
  const bytes = Buffer.from(text);
  if (width < 4 || bytes.length <= width) return width < 4 ? "" : text;
  const room = width - 3;
  const cut = (start: number, end: number): string => bytes.subarray(start, end).toString("utf8");
  const left = Math.min(offset, bytes.length, bytes.length - room);
  if (left <= 4) return `${cut(0, room)}...`;
  if (width < 7) return "";
  if (left + room >= bytes.length) return `...${cut(bytes.length - room, bytes.length)}`;
  return `...${cut(left, left + room - 3)}...`;
}
