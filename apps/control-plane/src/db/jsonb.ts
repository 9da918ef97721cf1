/**
 * JSON that Postgres takes as `jsonb`, whatever strings a stranger put into the value: NUL and half surrogate pairs, which it refuses, become U+FFFD.
 */
export function toJsonb(value: unknown): string {
  // Whole pairs are never escaped by JSON.stringify, so an escaped surrogate is a half one. The last branch skips other escapes, `\\` among them.
  return JSON.stringify(value).replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) =>
    /^\\u(?:0000|d)/.test(escape) ? "\\ufffd" : escape,
  );
}
