import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import type { Transport } from "./transport.ts";

const resumeLimit = 5;
const backoff = { baseMs: 200, capMs: 5000 };

/** A blob of a registry. `size` is the announced one, in bytes. */
export type BlobAddress = {
  transport: Transport;
  repository: string;
  digest: string;
  size?: number | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * The bytes of a blob, verified while they flow: the stream fails with `digest_mismatch` rather than end after wrong, missing or surplus bytes.
 * A broken connection is taken up again where it broke, by `Range`.
 * @param input.size announced size in bytes; more is never read
 */
export async function downloadBlob(input: BlobAddress): Promise<Readable> {
  const { digest } = input;
  const open = opener(input);
  const first = await open(0);
  return Readable.from(verified(first), { objectMode: false, highWaterMark: 256 * 1024 });

  async function* verified(response: Response): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let received = 0;
    for await (const chunk of resumed({ ...input, open, response, from: 0 })) {
      received += chunk.length;
      if (input.size !== undefined && received > input.size) throw mismatch(digest, `it has more than ${input.size} bytes`);
      hash.update(chunk);
      yield chunk;
    }
    if (input.size !== undefined && received !== input.size) throw mismatch(digest, `it has ${received} bytes instead of ${input.size}`);
    const actual = `sha256:${hash.digest("hex")}`;
    if (actual !== digest) throw mismatch(digest, `it is ${actual}`);
  }
}

/** The bytes of a blob from a place on, as the registry sends them: not verified, but taken up again where a connection breaks. */
export function readBlob(input: BlobAddress & { from: number }): AsyncGenerator<Uint8Array> {
  return resumed({ ...input, open: opener(input) });
}

type Open = (from: number) => Promise<Response>;

function opener(input: BlobAddress): Open {
  const { transport, repository, digest, signal } = input;
  return (from) =>
    transport.send({
      method: "GET",
      target: `/v2/${repository}/blobs/${digest}`,
      scopes: [`repository:${repository}:pull`],
      what: whatOf(input),
      accepted: from === 0 ? [200] : [200, 206],
      // Stored bytes are what the digest is of; a proxy must not compress them on the way.
      headers: { "accept-encoding": "identity", ...(from > 0 && { range: `bytes=${from}-` }) },
      signal,
    });
}

async function* resumed(input: BlobAddress & { open: Open; response?: Response; from: number }): AsyncGenerator<Uint8Array> {
  const { digest, signal } = input;
  let position = input.from;
  let response = input.response ?? (await input.open(position));
  for (let breaks = 0; ;) {
    // A server without ranges starts again from the first byte.
    let skip = response.status === 206 ? 0 : position;
    if (response.status === 206) checkRange(response, position, digest);
    try {
      for await (const chunk of response.body ?? []) {
        const rest = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - rest.length;
        if (rest.length === 0) continue;
        // Progress makes a new start: only breaks in a row count.
        breaks = 0;
        position += rest.length;
        yield rest;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      // Whole, only the connection did not end well: there is nothing left to ask for.
      if (position === input.size) return;
      if (++breaks > resumeLimit)
        throw new AppError("unavailable", `The ${whatOf(input)} broke off after ${position} bytes`, {}, { cause: error });
    }
    await sleep(backoffMs(backoff, breaks), undefined, signal ? { signal } : {});
    response = await input.open(position);
  }
}

const whatOf = (input: BlobAddress): string => `pull of blob ${input.digest} of ${input.repository}`;

function checkRange(response: Response, position: number, digest: string): void {
  const range = response.headers.get("content-range") ?? "";
  if (!range.startsWith(`bytes ${position}-`)) throw mismatch(digest, "the registry continued at another place than asked");
}

/** The error for bytes that are not what their digest says. */
export function mismatch(digest: string, why: string): AppError {
  return new AppError("digest_mismatch", `${digest} is not what the registry gave: ${why}`, { digest });
}
