const simple: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" };

/**
 * What a quoted Go string or character stands for; undefined where an escape is wrong. `\x` and octal escapes are bytes: they must form UTF-8 together,
 * bytes that do not become U+FFFD.
 */
export function unquote(literal: string): string | undefined {
  const quote = literal[0] ?? "";
  const body = literal.slice(1, -1);
  if (quote === "`") return body.replaceAll("\r", "");
  if (!body.includes("\\")) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const next = body.indexOf("\\", at);
    const end = next === -1 ? body.length : next;
    if (end > at) parts.push(Buffer.from(body.slice(at, end)));
    if (next === -1) break;
    const escape = readEscape(body, next + 1, quote);
    if (!escape) return undefined;
    parts.push(escape.bytes);
    at = escape.end;
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The code point of a character literal: the only character between its quotes. */
export function unquoteChar(literal: string): number | undefined {
  const byte = /^'\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))'$/.exec(literal);
  if (byte) return byte[1] ? Number.parseInt(byte[1], 16) : octalByte(byte[2] ?? "");
  const text = unquote(literal);
  const code = text?.codePointAt(0);
  return text !== undefined && code !== undefined && text.length === String.fromCodePoint(code).length ? code : undefined;
}

function octalByte(digits: string): number | undefined {
  const value = Number.parseInt(digits, 8);
  return value < 256 ? value : undefined;
}

function readEscape(body: string, at: number, quote: string): { bytes: Buffer; end: number } | undefined {
  const char = body[at] ?? "";
  if (char === quote) return { bytes: Buffer.from(char), end: at + 1 };
  const plain = simple[char];
  if (plain !== undefined) return { bytes: Buffer.from(plain), end: at + 1 };
  const length = { x: 2, u: 4, U: 8 }[char];
  if (length !== undefined) {
    const digits = body.slice(at + 1, at + 1 + length);
    if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
    const code = Number.parseInt(digits, 16);
    if (char === "x") return { bytes: Buffer.from([code]), end: at + 3 };
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    return { bytes: Buffer.from(String.fromCodePoint(code)), end: at + 1 + length };
  }
  const octal = /^[0-7]{3}/.exec(body.slice(at, at + 3))?.[0];
  const value = octal === undefined ? undefined : octalByte(octal);
  return value === undefined ? undefined : { bytes: Buffer.from([value]), end: at + 3 };
}
