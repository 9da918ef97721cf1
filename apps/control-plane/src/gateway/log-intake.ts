import { messageOf } from "@berth/kit/errors";
import type { LogFrame } from "@berth/protocol/log-frame";
import type { System } from "../context.ts";
import { appendChunks } from "../logs/append.ts";
import { isHonestChunk } from "../logs/verify-chunk.ts";
import type { Session } from "./session.ts";

type Waiting = { session: Session; frame: LogFrame };

/** One transaction takes at most this much. */
const batchBytes = 4 * 1024 * 1024;
const batchFrames = 512;
/** A session whose bytes wait for the database beyond this is not read from. */
const sessionBytes = 4 * 1024 * 1024;
/** The same for all sessions of the process together. */
const totalBytes = 32 * 1024 * 1024;

/** Takes log frames of all sessions, stores them in batches, and acknowledges what is durable. */
export type LogIntake = { push(session: Session, frame: LogFrame): void; idle(): Promise<void> };

/** While one batch is being stored the next one gathers: the busier, the larger the batches, and an idle system waits for nothing. */
export function createLogIntake(system: System): LogIntake {
  let waiting: Waiting[] = [];
  let held = 0;
  let running: Promise<void> | undefined;
  const paused = new Set<Session>();

  function push(session: Session, frame: LogFrame): void {
    if (!session.streams?.has(frame.streamId)) {
      // Of a job that is over, or that this runner never had: not wanted, so that it does not come again.
      session.send({ type: "log.ack", streamId: frame.streamId.slice(0, 64), offset: frame.offset, closed: true });
      return;
    }
    if (!isHonestChunk(frame)) {
      session.goodbye("protocol", `A chunk of log stream ${frame.streamId} is not as long as it says, or too long`);
      return;
    }
    waiting.push({ session, frame });
    held += frame.payload.length;
    session.logBytes += frame.payload.length;
    if ((session.logBytes > sessionBytes || held > totalBytes) && !paused.has(session)) {
      paused.add(session);
      session.ws.pause();
    }
    running ??= drain().finally(() => {
      running = undefined;
    });
  }

  async function drain(): Promise<void> {
    // Frames of one read of the socket arrive in one turn: take them together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = nextBatch();
      await store(batch);
      for (const { session, frame } of batch) {
        held -= frame.payload.length;
        session.logBytes -= frame.payload.length;
      }
      for (const session of paused) {
        if (session.logBytes > sessionBytes / 2 || held > totalBytes / 2) continue;
        paused.delete(session);
        session.ws.resume();
      }
    }
  }

  function nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of waiting) {
      if (count === batchFrames || (count > 0 && bytes + frame.payload.length > batchBytes)) break;
      bytes += frame.payload.length;
      count++;
    }
    return waiting.splice(0, count);
  }

  async function store(batch: readonly Waiting[]): Promise<void> {
    const sessions = new Map(batch.map(({ session, frame }) => [frame.streamId, session]));
    try {
      for (const position of await appendChunks({ system, chunks: batch.map(({ frame }) => frame) })) {
        const { streamId, offset, closed } = position;
        sessions.get(streamId)?.send({ type: "log.ack", streamId, offset, ...(closed ? { closed } : {}) });
      }
    } catch (error) {
      system.logger.error({ err: messageOf(error), frames: batch.length }, "log chunks could not be stored; their runners send them again");
      for (const session of new Set(sessions.values()))
        session.goodbye("overloaded", "The log could not be stored. Connect again and go on from the last acknowledged byte.");
    }
  }

  return {
    push,
    async idle() {
      while (running) await running;
    },
  };
}
