import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { AppError, messageOf } from "@berth/kit/errors";

/** What to get, and how much of it at most. */
export type Download = { url: URL; what: string; mostBytes: number; fetch: typeof fetch; signal: AbortSignal };

/** Writes what an address gives to a new file. @returns its size and sha256 @throws AppError as {@link openDownload}; the file is removed then */
export async function downloadTo(file: string, input: Download): Promise<{ size: number; digest: string }> {
  const hash = createHash("sha256");
  let size = 0;
  try {
    await pipeline(
      await openDownload(input),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          size += chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(file, { flags: "wx" }),
      { signal: input.signal },
    );
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return { size, digest: `sha256:${hash.digest("hex")}` };
}

/** What an address gives, as text. @throws AppError as {@link openDownload} */
export async function downloadText(input: Download): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openDownload(input)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The bytes that an address gives, never more than `mostBytes`.
 * @throws AppError `too_large`, `not_found`, `upstream_failed` with `meta.transient`
 */
async function openDownload({ url, what, mostBytes, fetch: call, signal }: Download): Promise<AsyncGenerator<Uint8Array>> {
  const failed = (why: string, transient: boolean): AppError =>
    new AppError("upstream_failed", `${what} could not be fetched from ${url.host}: ${why}`, { transient });
  const broken = (error: unknown): unknown => {
    signal.throwIfAborted();
    return error instanceof AppError ? error : failed(messageOf((error as Error).cause ?? error), true);
  };
  const tooLarge = (): AppError =>
    new AppError("too_large", `${what} from ${url.host} has more than ${mostBytes} bytes, the limit`, { limit: "bytes", value: mostBytes });

  const response = await call(url, { signal }).catch((error: unknown) => {
    throw broken(error);
  });
  if (!response.ok) {
    await response.body?.cancel();
    if (response.status === 404 || response.status === 410)
      throw new AppError("not_found", `${what} is not at ${url.origin}${url.pathname}`);
    if (response.status === 401 || response.status === 403)
      throw failed(`it answers ${response.status}; only what anyone may fetch is supported`, false);
    throw failed(`it answers ${response.status}`, response.status === 429 || response.status >= 500);
  }
  if (Number(response.headers.get("content-length") ?? 0) > mostBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  return (async function* () {
    let received = 0;
    try {
      for await (const chunk of response.body ?? []) {
        received += chunk.byteLength;
        if (received > mostBytes) throw tooLarge();
        yield chunk;
      }
    } catch (error) {
      throw broken(error);
    }
  })();
}
