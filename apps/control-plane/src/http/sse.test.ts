import { AppError } from "@berth/kit/errors";
import { Hono } from "hono";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HttpEnv } from "./handle.ts";
import { encodeSseEvent, sse, type SseEvent } from "./sse.ts";

type Work = (send: (event: SseEvent) => Promise<void>, signal: AbortSignal) => Promise<void>;

async function open(work: Work, signal?: AbortSignal): Promise<Response> {
  const app = new Hono<HttpEnv>();
  app.get("/", (c) => sse(c, work));
  return app.request("/", signal ? { signal } : {});
}

afterEach(() => void vi.useRealTimers());

describe("an event stream", () => {
  it("carries id, event and data as JSON and ends when the work returns", async () => {
    const response = await open(async (send) => {
      await send({ id: "7", event: "step", data: { state: "running", text: "a\nb" } });
      await send({ data: 1 });
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(await response.text()).toBe(': open\n\nid: 7\nevent: step\ndata: {"state":"running","text":"a\\nb"}\n\ndata: 1\n\n');
  });

  it("tells an expected failure as an error event", async () => {
    const response = await open(async () => {
      throw new AppError("gone", "The stream was removed");
    });
    expect(await response.text()).toContain('event: error\ndata: {"code":"gone","detail":"The stream was removed"}\n\n');
  });

  it("sends a comment every 15 s of silence", async () => {
    vi.useFakeTimers();
    const response = await open((_send, signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())));
    const reader = response.body!.getReader();
    const text = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe(": open\n\n");
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await text()).toBe(": still here\n\n");
    await reader.cancel();
  });

  it("aborts the work when the reader goes", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const response = await open(async (send, signal) => {
      await send({ data: 1 });
      await new Promise<void>((done) => signal.addEventListener("abort", () => done()));
      await send({ data: 2 });
      resolve(signal.aborted);
    });
    await response.body!.cancel();
    expect(await promise).toBe(true);
  });

  it("makes the work wait for a slow reader instead of filling memory", async () => {
    let sent = 0;
    const response = await open(async (send) => {
      for (let index = 0; index < 100; index++) {
        await send({ data: "x".repeat(100_000) });
        sent++;
      }
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(6);
    expect((await response.text()).length).toBeGreaterThan(10_000_000);
    expect(sent).toBe(100);
  });
});

describe("an event's wire form", () => {
  it("keeps line breaks out of id and event", () => {
    expect(encodeSseEvent({ id: "1\ndata: x", event: "a\r\nb", data: null })).toBe("id: 1data: x\nevent: ab\ndata: null\n\n");
  });
});
