import type { RunnerMessage } from "@berth/protocol/messages";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startHeartbeat } from "./heartbeat.ts";
import type { Session } from "./session.ts";

describe("heartbeats", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function begin() {
    const sent: RunnerMessage[] = [];
    let dead = 0;
    const session = { ready: { heartbeatMs: 1000 }, send: (message: RunnerMessage) => void sent.push(message) } as unknown as Session;
    const heartbeat = startHeartbeat({ session, state: () => ({ freeSlots: 4, draining: false, jobs: [] }), onDead: () => dead++ });
    return { sent, heartbeat, dead: () => dead };
  }

  it("go out at once and then in the session's rhythm, numbered", () => {
    const { sent, heartbeat, dead } = begin();
    for (let second = 0; second < 5; second++) {
      heartbeat.acked(sent.length - 1);
      vi.advanceTimersByTime(1000);
    }
    expect(sent.map((message) => message.type === "heartbeat" && message.seq)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(dead()).toBe(0);
  });

  it("give the connection up after two without an answer, once", () => {
    const { sent, heartbeat, dead } = begin();
    heartbeat.acked(0);
    vi.advanceTimersByTime(2000);
    expect(dead()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(dead()).toBe(1);
    expect(sent).toHaveLength(3);
  });

  it("forgive one that was answered late", () => {
    const { sent, heartbeat, dead } = begin();
    for (let round = 0; round < 10; round++) {
      vi.advanceTimersByTime(1000);
      if (round % 2 === 0) heartbeat.acked(sent.length - 1);
    }
    expect(dead()).toBe(0);
  });
});
