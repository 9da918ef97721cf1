import { backoffMs } from "@berth/kit/retry";
import { ApiError, apiErrorOf, UnreachableError } from "./api-error.ts";
import { createSseParser } from "./sse-parser.ts";

/** One event of a stream; `data` is what the route's response describes. */
export type StreamEvent<T> = { id?: string; event: string; data: T };

/** How a stream is opened and kept open. */
export type StreamInput = {
  url: string;
  baseUrl: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  lastEventId?: string;
  signal?: AbortSignal;
  /** Told of each lost connection before the next try. */
  onRetry?: (error: unknown) => void;
};

const backoff = { baseMs: 200, capMs: 5000 };
/** The server writes something every 15 s; three times that long without a byte is a dead connection. */
const silenceMs = 45_000;
const giveUpMs = 5 * 60_000;

/**
 * Reads an event stream to its end, connecting again with the last event's id whenever the connection breaks.
 * @throws ApiError when the server refuses the stream or ends it with an error; UnreachableError after five minutes without a connection
 */
export async function* readStream<T>(input: StreamInput): AsyncGenerator<StreamEvent<T>, void, void> {
  let lastEventId = input.lastEventId;
  let failedSince: number | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const event of connect<T>(input, lastEventId)) {
        attempt = 0;
        failedSince = undefined;
        if (event.id !== undefined) lastEventId = event.id;
        yield event;
      }
      return;
    } catch (error) {
      if (input.signal?.aborted) throw input.signal.reason;
      if (error instanceof ApiError && !worthRetrying(error)) throw error;
      failedSince ??= Date.now();
      if (Date.now() - failedSince > giveUpMs) throw error instanceof ApiError ? error : new UnreachableError(input.baseUrl, error);
      input.onRetry?.(error);
      await pause(backoffMs(backoff, attempt) + 50, input.signal);
    }
  }
}

async function* connect<T>(input: StreamInput, lastEventId: string | undefined): AsyncGenerator<StreamEvent<T>, void, void> {
  const silence = new AbortController();
  const awake = () => setTimeout(() => silence.abort(new Error(`nothing came for ${silenceMs / 1000} s`)), silenceMs);
  let timer = awake();
  try {
    const response = await input.fetch(input.url, {
      headers: { ...input.headers, accept: "text/event-stream", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
      signal: input.signal ? AbortSignal.any([input.signal, silence.signal]) : silence.signal,
    });
    if (!response.ok) throw await apiErrorOf(response);
    if (!response.body) return;
    const parse = createSseParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      clearTimeout(timer);
      timer = awake();
      for (const { data, event, id } of parse(decoder.decode(read.value, { stream: true }))) {
        const value = JSON.parse(data) as T;
        if (event === "error") throw errorEvent(value);
        yield { event, data: value, ...(id === undefined ? {} : { id }) };
      }
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function worthRetrying(error: ApiError): boolean {
  return error.status >= 500 || error.status === 429;
}

function errorEvent(value: unknown): ApiError {
  const { code = "internal", detail = "The stream failed" } = (value ?? {}) as { code?: string; detail?: string };
  return new ApiError({ type: "about:blank", title: code, code, detail, status: code === "internal" ? 500 : 409 });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", stop, { once: true });
    function done(): void {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
  });
}
