import { newId } from "@berth/kit/ids";
import { describe, expect, it, vi } from "vitest";
import { createTestSystem, type TestSystem } from "../testing/system.ts";
import { followEvents } from "./follow.ts";
import type { EventView } from "./list.ts";
import { recordEvent } from "./record.ts";

const workflowId = newId("workflow");
const soon = { timeout: 10_000 };

const say = (system: TestSystem, event: string): Promise<void> =>
  recordEvent(system.ctx(), { subjectKind: "workflow", subjectId: workflowId, event, workflowId });

/** Follows until stopped; what was sent is in `seen`. */
function follow(system: TestSystem, after = 0): { seen: EventView[]; done: Promise<void> } & AsyncDisposable {
  const seen: EventView[] = [];
  const stop = new AbortController();
  const done = followEvents({
    ctx: system.ctx(),
    filter: { workflowId },
    after,
    signal: stop.signal,
    send: async (event) => void seen.push(event),
  });
  return {
    seen,
    done,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

const names = (seen: EventView[]): string[] => seen.map(({ event }) => event);

describe("following events", () => {
  it("replays what was, then brings what comes, and resumes after the last one seen", async () => {
    await using system = await createTestSystem();
    await say(system, "created");
    await using live = follow(system);
    await vi.waitFor(() => expect(names(live.seen)).toEqual(["created"]), soon);
    await say(system, "started");
    await vi.waitFor(() => expect(names(live.seen)).toEqual(["created", "started"]), soon);
    await using resumed = follow(system, live.seen[0]?.id);
    await vi.waitFor(() => expect(names(resumed.seen)).toEqual(["started"]), soon);
  });

  it("brings one that was committed late, below what was sent already", async () => {
    await using system = await createTestSystem();
    await using live = follow(system);
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const slow = system.db.transaction().execute(async (tx) => {
      await recordEvent(
        { ...system.ctx(), db: tx, pending: [] },
        { subjectKind: "workflow", subjectId: workflowId, event: "slow", workflowId },
      );
      written.resolve();
      await release;
    });
    await written.promise;
    await say(system, "quick");
    await vi.waitFor(() => expect(names(live.seen)).toEqual(["quick"]), soon);
    resolve();
    await slow;
    await system.bus.publish({ topic: "events", data: { orgId: system.org.id, workflowId, eventId: 1 } });
    await vi.waitFor(() => expect(names(live.seen)).toEqual(["quick", "slow"]), soon);
    expect(live.seen[1]?.id).toBeLessThan(live.seen[0]?.id ?? 0);
  });

  it("sends a long past in full and once, and ends when it is over", async () => {
    await using system = await createTestSystem();
    const ctx = system.ctx();
    await system.db
      .insertInto("events")
      .values(
        Array.from({ length: 1203 }, (_, index) => ({
          org_id: ctx.orgId,
          workflow_id: workflowId,
          subject_kind: "step",
          subject_id: "s",
          event: `e${index}`,
          actor: "test",
          at: new Date(),
        })),
      )
      .execute();
    const seen: EventView[] = [];
    await followEvents({
      ctx,
      filter: { workflowId },
      after: 0,
      signal: new AbortController().signal,
      send: async (event) => void seen.push(event),
      isOver: () => Promise.resolve(true),
    });
    expect(names(seen)).toEqual(Array.from({ length: 1203 }, (_, index) => `e${index}`));
  });

  it("tells nobody of another org's", async () => {
    await using system = await createTestSystem();
    await say(system, "created");
    const seen: EventView[] = [];
    const ctx = system.ctx(newId("org"));
    await followEvents({
      ctx,
      filter: { workflowId },
      after: 0,
      signal: new AbortController().signal,
      send: async (event) => void seen.push(event),
      isOver: () => Promise.resolve(true),
    });
    expect(seen).toEqual([]);
  });
});
