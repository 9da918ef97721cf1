const escapes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** A string as Go's `strconv.Quote` writes it: what cannot be printed is escaped; with `ascii`, everything outside ASCII too. */
export function goQuote(text: string, ascii = false, quote = '"'): string {
  let out = quote;
  for (const char of text) {
    if (char === quote) out += `\\${quote}`;
    else out += escapes[char] ?? (isPrintable(char, ascii) ? char : escapeCode(char.codePointAt(0) ?? 0));
  }
  return out + quote;
}

/** Whether Go would print the string between backquotes for `%#q`. */
export function canBackquote(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what rules it out
  return !/[\u0000-\u0008\u000a-\u001f`\u007f\ufeff]/.test(text);
}

function isPrintable(char: string, ascii: boolean): boolean {
  if (char >= " " && char <= "~") return true;
  return !ascii && /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

function escapeCode(code: number): string {
  if (code >= 0xd800 && code < 0xe000) return "\uFFFD";
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
