import { createHash, type Hash } from "node:crypto";
import { mismatch } from "./download.ts";

/** Bytes that can be read from any place, as often as it takes. */
export type BlobReader = {
  /** The bytes from `start` up to `end`, without that. */
  readRange(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Lets go of a connection that is still open. */
  close(): Promise<void>;
};

type Run = { bytes: AsyncIterator<Uint8Array>; rest: Uint8Array | undefined; position: number; hash: Hash };

/**
 * Reads a blob in pieces and verifies it: the last piece of the whole is given out only when everything before it and it are what the digest says.
 * Pieces in order come from one connection. Going back costs only the bytes since the piece before: the state of the hash is kept at each end of a piece.
 * @param input.read the bytes from a place on; may break with an error, and is then asked again
 */
export function createBlobReader(input: { digest: string; size: number; read: (from: number) => AsyncIterable<Uint8Array> }): BlobReader {
  const { digest, size, read } = input;
  let marks: { position: number; hash: Hash }[] = [];
  let idle: Run | undefined;

  async function close(): Promise<void> {
    const run = idle;
    idle = undefined;
    await run?.bytes.return?.();
  }

  /** A run that stands at `start` or, where bytes before it were never hashed, before it. */
  async function runTo(start: number): Promise<Run> {
    if (idle?.position === start) {
      const run = idle;
      idle = undefined;
      return run;
    }
    await close();
    const mark = marks.findLast(({ position }) => position <= start);
    const position = mark?.position ?? 0;
    return { bytes: read(position)[Symbol.asyncIterator](), rest: undefined, position, hash: mark?.hash.copy() ?? createHash("sha256") };
  }

  return {
    close,
    async *readRange(start, end) {
      const run = await runTo(start);
      let whole = false;
      try {
        let held: Uint8Array | undefined;
        while (run.position < end) {
          const chunk = await take(run);
          if (!chunk) throw mismatch(digest, `it has ${run.position} bytes instead of ${size}`);
          const wanted = chunk.subarray(0, end - run.position);
          if (wanted.length < chunk.length) run.rest = chunk.subarray(wanted.length);
          run.hash.update(wanted);
          const before = Math.max(0, start - run.position);
          run.position += wanted.length;
          if (wanted.length <= before) continue;
          if (held) yield held;
          held = wanted.subarray(before);
        }
        if (end === size) await verify(run);
        else marks = [...marks.filter(({ position }) => position < end), { position: end, hash: run.hash.copy() }].slice(-2);
        whole = true;
        idle = run;
        if (held) yield held;
      } finally {
        if (!whole) await run.bytes.return?.();
      }
    },
  };

  async function verify(run: Run): Promise<void> {
    if (await take(run)) throw mismatch(digest, `it has more than ${size} bytes`);
    const actual = `sha256:${run.hash.copy().digest("hex")}`;
    if (actual !== digest) throw mismatch(digest, `it is ${actual}`);
  }
}

async function take(run: Run): Promise<Uint8Array | undefined> {
  const { rest } = run;
  run.rest = undefined;
  if (rest) return rest;
  const next = await run.bytes.next();
  return next.done === true ? undefined : next.value;
}
