/**
 * A log chunk as a binary WebSocket frame:
 *   0      u8   frame type, 1
 *   1      u8   flags: bit 0 = payload is raw deflate
 *   2      u8   length n of the stream id
 *   3      n    stream id, ASCII
 *   3+n    u64  offset of the first byte in the stream, big-endian
 *   11+n   u32  length of the chunk uncompressed, big-endian
 *   15+n   …    payload
 */
export type LogFrame = { streamId: string; offset: number; rawLength: number; deflated: boolean; payload: Buffer };

const type = 1;
const deflatedFlag = 1;

/** Encodes a chunk. */
export function encodeLogFrame(frame: LogFrame): Buffer {
  const stream = Buffer.from(frame.streamId, "ascii");
  const head = Buffer.allocUnsafe(15 + stream.length);
  head.writeUInt8(type, 0);
  head.writeUInt8(frame.deflated ? deflatedFlag : 0, 1);
  head.writeUInt8(stream.length, 2);
  stream.copy(head, 3);
  head.writeBigUInt64BE(BigInt(frame.offset), 3 + stream.length);
  head.writeUInt32BE(frame.rawLength, 11 + stream.length);
  return Buffer.concat([head, frame.payload]);
}

/** Decodes a frame, or undefined where the bytes are not one. The payload is a view, not a copy. */
export function decodeLogFrame(bytes: Buffer): LogFrame | undefined {
  if (bytes.length < 15 || bytes.readUInt8(0) !== type) return undefined;
  const flags = bytes.readUInt8(1);
  const n = bytes.readUInt8(2);
  if (flags > deflatedFlag || n === 0 || bytes.length < 15 + n) return undefined;
  const offset = bytes.readBigUInt64BE(3 + n);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return {
    streamId: bytes.toString("ascii", 3, 3 + n),
    offset: Number(offset),
    rawLength: bytes.readUInt32BE(11 + n),
    deflated: flags === deflatedFlag,
    payload: bytes.subarray(15 + n),
  };
}
