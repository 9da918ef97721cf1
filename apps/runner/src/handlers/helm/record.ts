import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { JobFailure } from "../handler.ts";

const mostBytes = 256 * 1024 * 1024;

const hookSchema = z.looseObject({
  name: z.string().default(""),
  kind: z.string().default(""),
  manifest: z.string().default(""),
  events: z.array(z.string()).nullish(),
});

/** What Helm writes down of one revision, as far as it is read here; the rest is kept as it is. Rendering without keeping prints the same. */
export const recordSchema = z.looseObject({
  name: z.string(),
  version: z.int().nonnegative(),
  manifest: z.string().default(""),
  config: z.record(z.string(), z.unknown()).nullish(),
  hooks: z.array(hookSchema).nullish(),
  info: z.looseObject({
    status: z.string(),
    description: z.string().nullish(),
    last_deployed: z.string().nullish(),
  }),
  chart: z
    .looseObject({
      metadata: z.looseObject({ name: z.string().nullish(), version: z.string().nullish(), appVersion: z.string().nullish() }).nullish(),
    })
    .nullish(),
});
export type HelmRecord = z.infer<typeof recordSchema>;
export type HelmHook = z.infer<typeof hookSchema>;

/** Where a release's records lie. In a Secret every value has base64 around it once more. */
export type StorageKind = "secret" | "configmap";

/**
 * A stored record: JSON, gzip (Helm 2.7 and older: none), base64.
 * @throws JobFailure `helm_failed` where it is no record of Helm's
 */
export function decodeRecord(stored: string, kind: StorageKind, what: string): HelmRecord {
  try {
    return recordSchema.parse(JSON.parse(unpack(stored, kind).text.toString("utf8")));
  } catch {
    throw new JobFailure(
      "helm_failed",
      `${what} can't be read: it is no record that Helm has written. Restore it from a backup, or delete it to go back to the revision before.`,
    );
  }
}

/** The same record with another status and description; everything else stays as Helm wrote it. */
export function restateRecord(stored: string, kind: StorageKind, info: { status: string; description: string }): string {
  const { text, zipped } = unpack(stored, kind);
  const record = JSON.parse(text.toString("utf8")) as { info?: Record<string, unknown> };
  const changed = Buffer.from(JSON.stringify({ ...record, info: { ...record.info, ...info } }));
  const packed = (zipped ? gzipSync(changed) : changed).toString("base64");
  return kind === "secret" ? Buffer.from(packed).toString("base64") : packed;
}

function unpack(stored: string, kind: StorageKind): { text: Buffer; zipped: boolean } {
  const inner = kind === "secret" ? Buffer.from(stored, "base64").toString("utf8") : stored;
  const bytes = Buffer.from(inner, "base64");
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return { text: zipped ? gunzipSync(bytes, { maxOutputLength: mostBytes }) : bytes, zipped };
}
