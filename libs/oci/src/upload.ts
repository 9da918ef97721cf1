import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import { isPassing } from "./response.ts";
import type { BlobReader } from "./blob-reader.ts";
import type { Transport } from "./transport.ts";

/** Where the bytes of a blob come from: a file, memory, something that can be read from any place, or a stream, which can be sent only once. */
export type BlobSource = string | Uint8Array | BlobReader | Readable;

type ReplayableSource = Exclude<BlobSource, Readable>;

const isReplayable = (source: BlobSource): source is ReplayableSource =>
  typeof source === "string" || source instanceof Uint8Array || "readRange" in source;

type Upload = {
  transport: Transport;
  repository: string;
  digest: string;
  size: number;
  source: BlobSource;
  chunkBytes: number;
  signal?: AbortSignal | undefined;
};
type Session = { location: URL; offset: number; chunkBytes: number };

const failureLimit = 5;
const courtesyMs = 5000;
const backoff = { baseMs: 200, capMs: 5000 };

/**
 * Uploads a blob: in one request up to `chunkBytes`, in chunks beyond, going on after a failure where the registry says it stands.
 * @throws AppError `digest_mismatch` where the registry found other bytes or the source is not `size` bytes long
 */
export async function uploadBlob(upload: Upload): Promise<void> {
  const { source, size, signal } = upload;
  if (!isReplayable(source)) return putWhole(upload, await startUpload(upload), () => exactly(source, size));
  let session = await startUpload(upload);
  for (let failures = 0; ;) {
    try {
      if (size <= session.chunkBytes) return await putWhole(upload, session, () => body(source, 0, size));
      if (session.offset === size) return await putWhole(upload, session);
      session = await patchChunk(upload, session, source);
      failures = 0;
    } catch (error) {
      signal?.throwIfAborted();
      const lostPlace = error instanceof AppError && error.code === "range_not_satisfiable";
      if (!(isPassing(error) || lostPlace) || ++failures >= failureLimit) {
        await giveUp(upload, session);
        throw error;
      }
      await sleep(backoffMs(backoff, failures), undefined, signal ? { signal } : {});
      session = await resumeUpload(upload, session);
    }
  }
}

/** Opens a session. Its URL is the registry's own and is used as given. */
async function startUpload(upload: Upload): Promise<Session> {
  const response = await upload.transport.send({
    ...common(upload),
    method: "POST",
    target: `/v2/${upload.repository}/blobs/uploads/`,
    accepted: [202],
    headers: { "content-length": "0" },
  });
  await response.body?.cancel();
  const least = Number(response.headers.get("oci-chunk-min-length") ?? 0);
  return {
    location: locationOf(upload, response),
    offset: 0,
    chunkBytes: Math.max(upload.chunkBytes, Number.isSafeInteger(least) ? least : 0),
  };
}

async function patchChunk(upload: Upload, session: Session, source: ReplayableSource): Promise<Session> {
  const end = Math.min(session.offset + session.chunkBytes, upload.size);
  const response = await upload.transport.send({
    ...common(upload),
    method: "PATCH",
    target: session.location,
    accepted: [202],
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(end - session.offset),
      "content-range": `${session.offset}-${end - 1}`,
    },
    body: () => body(source, session.offset, end),
    tries: 1,
  });
  await response.body?.cancel();
  return { ...session, location: locationOf(upload, response), offset: end };
}

async function putWhole(upload: Upload, session: Session, bytes?: () => NonNullable<RequestInit["body"]>): Promise<void> {
  const target = new URL(session.location);
  target.searchParams.set("digest", upload.digest);
  const response = await upload.transport.send({
    ...common(upload),
    method: "PUT",
    target,
    accepted: [201, 204],
    headers: bytes ? { "content-type": "application/octet-stream", "content-length": String(upload.size) } : { "content-length": "0" },
    ...(bytes && { body: bytes }),
    tries: 1,
    replayable: isReplayable(upload.source),
  });
  await response.body?.cancel();
}

/** Asks where the registry stands; a session that it no longer knows is started anew. */
async function resumeUpload(upload: Upload, session: Session): Promise<Session> {
  try {
    const response = await upload.transport.send({ ...common(upload), method: "GET", target: session.location, accepted: [204] });
    const end = Number(/^(?:bytes=)?0-(\d+)$/.exec(response.headers.get("range") ?? "")?.[1] ?? 0);
    // "0-0" is what registries say of an empty upload; after a single byte it costs one fresh start.
    const offset = end === 0 ? 0 : end + 1;
    // A request that carried the whole blob cannot go on in the middle.
    if (offset > upload.size || upload.size <= session.chunkBytes) return await startUpload(upload);
    return { ...session, location: locationOf(upload, response), offset };
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return startUpload(upload);
    throw error;
  }
}

/** Tells the registry that nothing more comes. A courtesy: registries clean up by themselves, in days. */
async function giveUp(upload: Upload, session: Session): Promise<void> {
  const signal = AbortSignal.timeout(courtesyMs);
  const request = { ...common(upload), method: "DELETE" as const, target: session.location, accepted: [204, 404], tries: 1, signal };
  await upload.transport.send(request).catch(() => undefined);
}

function common(upload: Upload): { scopes: string[]; what: string; signal: AbortSignal | undefined } {
  return {
    scopes: [`repository:${upload.repository}:pull,push`],
    what: `push of blob ${upload.digest} to ${upload.repository}`,
    signal: upload.signal,
  };
}

function locationOf(upload: Upload, response: Response): URL {
  const location = URL.parse(response.headers.get("location") ?? "", upload.transport.url.href);
  const secure = location?.protocol === "https:" || (location?.protocol === "http:" && upload.transport.url.protocol === "http:");
  if (!location || !secure)
    throw new AppError("upstream_failed", `The registry ${upload.transport.url.host} named no usable place to upload to`);
  return location;
}

function body(source: ReplayableSource, start: number, end: number): NonNullable<RequestInit["body"]> {
  if (source instanceof Uint8Array) return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset + start, end - start);
  if (start === end) return "";
  if (typeof source !== "string") return source.readRange(start, end);
  return exactly(createReadStream(source, { start, end: end - 1, highWaterMark: 256 * 1024 }), end - start);
}

async function* exactly(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let sent = 0;
  const wrong = (): AppError => new AppError("digest_mismatch", `The bytes to push are not ${size} bytes long`, { size });
  for await (const chunk of source) {
    sent += chunk.length;
    if (sent > size) throw wrong();
    yield chunk;
  }
  if (sent !== size) throw wrong();
}
