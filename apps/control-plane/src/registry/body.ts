import { refusal } from "./refusal.ts";

/** The bytes of a request body as they arrive; nothing where there is no body. */
export function bodyOf(request: Request): AsyncIterable<Uint8Array> {
  return request.body ?? empty();
}

/** A whole small body. @throws AppError `SIZE_INVALID` beyond `limit` bytes */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request)) {
    size += chunk.byteLength;
    if (size > limit) throw refusal("SIZE_INVALID", `At most ${limit} bytes are accepted here`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The length that a request announces, if it does. */
export function announcedLength(request: Request): number | undefined {
  const text = request.headers.get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function* empty(): AsyncGenerator<Uint8Array> {
  // Nothing to give.
}
