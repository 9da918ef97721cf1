import { createHash } from "node:crypto";

/** `sha256:<hex>` of bytes or UTF-8 text, the form in which every digest of Berth is written. */
export function sha256(data: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** JSON with sorted keys and no white space: equal values give equal bytes. `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(",")}]`;
  const entries = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}

/** Digest of a value by its {@link canonicalJson}. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
