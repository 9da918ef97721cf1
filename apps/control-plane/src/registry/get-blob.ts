import { Readable } from "node:stream";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { findBlob } from "./links.ts";
import { parseRange } from "./range.ts";
import { refusal } from "./refusal.ts";

/** GET and HEAD of a blob, whole or by range. */
export async function getBlob(
  deps: RegistryDeps,
  request: RegistryRequest,
  input: { repository: string; digest: string },
): Promise<Response> {
  const size = await findBlob(deps, input.repository, input.digest);
  if (size === undefined) throw unknown();
  const headers: Record<string, string> = {
    "content-type": "application/octet-stream",
    "docker-content-digest": input.digest,
    etag: `"${input.digest}"`,
    "accept-ranges": "bytes",
    "cache-control": "private, max-age=31536000, immutable",
  };
  const head = request.raw.method === "HEAD";
  const range = head ? ({ kind: "whole" } as const) : parseRange(request.raw.headers.get("range"), size);
  if (range.kind === "unsatisfiable") {
    throw refusal("RANGE_INVALID", `The blob has ${size} bytes`, { "content-range": `bytes */${size}`, "accept-ranges": "bytes" });
  }
  const length = range.kind === "piece" ? range.end - range.start + 1 : size;
  headers["content-length"] = String(length);
  if (range.kind === "piece") headers["content-range"] = `bytes ${range.start}-${range.end}/${size}`;
  if (head) return new Response(null, { headers });
  const bytes = await deps.blobs.get(input.digest, range.kind === "piece" ? range : undefined);
  if (!bytes) throw unknown();
  return new Response(Readable.toWeb(bytes) as ReadableStream, { status: range.kind === "piece" ? 206 : 200, headers });
}

function unknown(): Error {
  return refusal("BLOB_UNKNOWN", "The repository has no such blob");
}
