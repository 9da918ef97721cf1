import { pipeline } from "node:stream/promises";
import { createDeflateRaw, crc32 } from "node:zlib";

// No name, no time, "unknown" operating system: zlib's own header would tell the machine that made it.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
const level = 6;

/**
 * Compresses to one gzip member with a fixed header, so that equal bytes compress to equal bytes on one version of zlib.
 * @param source chunks of any size; large ones are quicker
 */
export async function* gzipReproducibly(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  const deflate = createDeflateRaw({ level, memLevel: 8, windowBits: 15, chunkSize: 64 * 1024 });
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  }
  const feeding = pipeline(measured(), deflate);
  // Its failure also ends the loop below with the same error; without this it would count as unhandled until then.
  feeding.catch(() => undefined);
  yield header;
  for await (const chunk of deflate) yield chunk as Buffer;
  await feeding;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}
