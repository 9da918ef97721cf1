/** A whole text shorter than this is left alone, in bytes: `1` or `yes` hidden everywhere would destroy a log and hide nothing. */
export const minTextBytes = 4;
/** Lines of a text of several lines, and pieces of base64, shorter than this are left alone, in bytes. */
export const minPieceBytes = 8;

const wrapColumns = 76;

/**
 * The byte patterns under which texts may turn up in a log: as they are, line by line, JSON-escaped (also as Go does it), URL-encoded,
 * and base64 (standard and URL alphabet, wrapped at 76 columns, and as a part of something longer: three alignments).
 */
export function redactionPatterns(texts: readonly string[]): Buffer[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (Buffer.byteLength(text) < minTextBytes) continue;
    const lines = text.split(/\r\n|\n|\r/);
    if (lines.length === 1) addLine(found, text, minTextBytes);
    else for (const line of lines) addLine(found, line.trim(), minPieceBytes);
    addBase64(found, text);
    const trimmed = text.trim();
    if (trimmed !== text && Buffer.byteLength(trimmed) >= minTextBytes) {
      if (lines.length === 1) addLine(found, trimmed, minTextBytes);
      addBase64(found, trimmed);
    }
  }
  return [...found].map((pattern) => Buffer.from(pattern, "latin1"));
}

// Patterns are kept as latin1 strings of their UTF-8 bytes, so that a Set can compare them.
function add(found: Set<string>, text: string, minBytes: number): void {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length >= minBytes) found.add(bytes.toString("latin1"));
}

function addLine(found: Set<string>, line: string, minBytes: number): void {
  add(found, line, minBytes);
  const json = JSON.stringify(line).slice(1, -1);
  add(found, json, minBytes);
  add(
    found,
    json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
    minBytes,
  );
  if (!line.isWellFormed()) return;
  const url = encodeURIComponent(line);
  const strict = url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  for (const form of [url, strict, strict.replaceAll("%20", "+")]) {
    add(found, form, minBytes);
    add(
      found,
      form.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
      minBytes,
    );
  }
}

function addBase64(found: Set<string>, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (const shift of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The characters at the borders mix with the neighbours' bits; what lies between them is the text's alone.
    const start = shift === 0 ? 0 : shift + 1;
    const end = (shift + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    for (const piece of pieces(encoded.slice(start, end))) {
      found.add(piece);
      found.add(piece.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
}

/** Cuts where `base64` wraps its lines; the last piece reaches back, so that no short rest stays readable. */
function pieces(encoded: string): string[] {
  if (encoded.length <= wrapColumns) return encoded.length >= minPieceBytes - 3 ? [encoded] : [];
  const out: string[] = [];
  for (let at = 0; at < encoded.length; at += wrapColumns) {
    const piece = encoded.slice(at, at + wrapColumns);
    if (piece.length >= minPieceBytes) out.push(piece);
  }
  out.push(encoded.slice(-wrapColumns));
  return out;
}
