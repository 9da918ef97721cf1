import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { decodeLogFrame } from "@berth/protocol/log-frame";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Session } from "../connection/session.ts";
import { createLogSender, type LogSender } from "./log-sender.ts";

type Fate = "store" | "drop" | "storeQuietly" | "cut";

/** A receiver that stores, drops or falls silent as it is told, and keeps to the rules of acknowledgement. */
function createReceiver(fates: Fate[], window: number) {
  const stored: Buffer[] = [];
  let length = 0;
  let session: Session | undefined;
  let sender: LogSender | undefined;
  let underWay = 0;
  let most = 0;
  const begin = (): void => {
    let over = false;
    underWay = 0;
    session = {
      ready: { maxChunkBytes: 100, logWindowBytes: window },
      over: () => over,
      backlog: () => 0,
      sendFrame: (bytes: Buffer, sent: () => void) => {
        const frame = decodeLogFrame(Buffer.from(bytes));
        if (!frame || over) return;
        underWay += frame.rawLength;
        most = Math.max(most, underWay);
        setImmediate(() => {
          sent();
          if (over) return;
          const fate = fates.shift() ?? "store";
          if (fate === "cut") {
            over = true;
            begin();
            return sender?.restart();
          }
          const raw = frame.deflated ? inflateRawSync(frame.payload) : frame.payload;
          const fresh = length - frame.offset;
          if (fate !== "drop" && fresh >= 0 && fresh < raw.length) {
            stored.push(Buffer.from(raw.subarray(fresh)));
            length = frame.offset + raw.length;
          }
          underWay -= frame.rawLength;
          if (fate !== "storeQuietly") sender?.acked(length, false);
        });
      },
    } as unknown as Session;
  };
  begin();
  return {
    session: () => session,
    attach: (made: LogSender) => void (sender = made),
    bytes: () => Buffer.concat(stored),
    most: () => most,
  };
}

describe("the sender of a log", () => {
  it("brings every byte once and in order through drops, silence and cuts, and keeps to the window", async () => {
    const fate = fc.oneof({ weight: 4, arbitrary: fc.constant<Fate>("store") }, fc.constantFrom<Fate>("drop", "storeQuietly", "cut"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (fates, writes, compress) => {
          const dir = mkdtempSync(join(tmpdir(), "berth-sender-"));
          try {
            const path = join(dir, "spool");
            const receiver = createReceiver([...fates], 300);
            const errors: unknown[] = [];
            const sender = createLogSender({
              path,
              streamId: "s",
              from: 0,
              compress,
              session: receiver.session,
              onProgress: () => {},
              onError: (error) => errors.push(error),
            });
            receiver.attach(sender);
            let written = "";
            for (const size of writes) {
              const text = String.fromCharCode(97 + (written.length % 26)).repeat(size);
              written += text;
              appendFileSync(path, text);
              sender.wake();
              await new Promise((resolve) => setImmediate(resolve));
            }
            // A reconnect is what finally helps where the last ack was lost; in life a heartbeat or ten seconds bring it.
            for (let round = 0; round < 40 && sender.offset() < written.length; round++) {
              sender.wake();
              await new Promise((resolve) => setTimeout(resolve, 2));
              if (round % 5 === 4) sender.restart();
            }
            expect(errors).toEqual([]);
            expect(receiver.bytes().toString()).toBe(written);
            expect(sender.offset()).toBe(written.length);
            expect(receiver.most()).toBeLessThanOrEqual(300);
            await sender.close();
          } finally {
            rmSync(dir, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it("sends no more when the stream is closed", async () => {
    const dir = mkdtempSync(join(tmpdir(), "berth-sender-"));
    appendFileSync(join(dir, "spool"), "x".repeat(1000));
    const receiver = createReceiver([], 10_000);
    const sender = createLogSender({
      path: join(dir, "spool"),
      streamId: "s",
      from: 0,
      compress: false,
      session: receiver.session,
      onProgress: () => {},
      onError: () => {},
    });
    sender.acked(0, true);
    sender.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sender.closed()).toBe(true);
    expect(receiver.bytes().length).toBe(0);
    await sender.close();
    rmSync(dir, { recursive: true, force: true });
  });
});
