import { AppError } from "@berth/kit/errors";
import type { Context } from "hono";
import type { HttpEnv } from "./handle.ts";

/** One event of a stream. `data` becomes JSON; `id` is what a client that reconnects sends as `Last-Event-ID`. */
export type SseEvent = { id?: string; event?: string; data: unknown };

const heartbeatMs = 15_000;
/** Bytes that may wait for a slow reader before `send` waits too. */
const bufferBytes = 256 * 1024;

/**
 * Answers with `text/event-stream`. The stream ends when `work` returns.
 * @param work `send` waits while the reader is slow and does nothing once it has gone; `signal` aborts when it has gone. An `AppError` it
 *   throws becomes an `error` event with `{code, detail}`; anything else is logged and becomes `internal`.
 */
export function sse(c: Context<HttpEnv>, work: (send: (event: SseEvent) => Promise<void>, signal: AbortSignal) => Promise<void>): Response {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, c.req.raw.signal]);
  const encoder = new TextEncoder();
  let room: (() => void) | undefined;

  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): void => {
          if (!signal.aborted) controller.enqueue(encoder.encode(text));
        };
        const send = async (event: SseEvent): Promise<void> => {
          while ((controller.desiredSize ?? 0) <= 0 && !signal.aborted) await new Promise<void>((resolve) => (room = resolve));
          write(encodeSseEvent(event));
        };
        // Middleboxes and the client's own timer take silence for a dead connection.
        const heartbeat = setInterval(() => (controller.desiredSize ?? 0) > 0 && write(": still here\n\n"), heartbeatMs);
        heartbeat.unref();
        signal.addEventListener("abort", () => room?.(), { once: true });
        write(": open\n\n");
        void work(send, signal)
          .catch((error: unknown) => {
            if (signal.aborted) return;
            if (!(error instanceof AppError)) c.get("ctx").system.logger.error({ err: error, path: c.req.path }, "an event stream failed");
            write(encodeSseEvent({ event: "error", data: problemOf(error) }));
          })
          .finally(() => {
            clearInterval(heartbeat);
            if (!signal.aborted) controller.close();
          });
      },
      pull() {
        room?.();
        room = undefined;
      },
      cancel(reason) {
        gone.abort(reason);
      },
    },
    { highWaterMark: bufferBytes, size: (chunk) => chunk.byteLength },
  );
  return c.body(stream, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
}

/** The wire form of one event. Line breaks in `id` and `event` are dropped: they would start a new field. */
export function encodeSseEvent(event: SseEvent): string {
  const id = event.id === undefined ? "" : `id: ${oneLine(event.id)}\n`;
  const name = event.event === undefined ? "" : `event: ${oneLine(event.event)}\n`;
  return `${id}${name}data: ${JSON.stringify(event.data ?? null)}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, "");
}

function problemOf(error: unknown): { code: string; detail: string } {
  if (error instanceof AppError) return { code: error.code, detail: error.message };
  return { code: "internal", detail: "The stream failed inside the control plane. Connect again to go on from the last event." };
}
