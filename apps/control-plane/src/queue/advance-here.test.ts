import { createLogger } from "@berth/kit/log";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAdvanceHere } from "./advance-here.ts";
import type { QueueJob } from "./names.ts";

const logger = createLogger({ name: "test", level: "silent" });
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("moving workflows where the news is", () => {
  it("looks at each after it was last asked for, at one workflow once at a time, and at eight in all at most", async () => {
    const asked = fc.array(fc.record({ workflow: fc.integer({ min: 0, max: 12 }), pause: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(asked, fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 }), async (pushes, lengths) => {
        const open = new Set<string>();
        const owed = new Set<string>();
        let looks = 0;
        let most = 0;
        const here = createAdvanceHere({
          logger,
          enqueue: () => Promise.reject(new Error("nothing has to be queued")),
          async advance(workflowId) {
            expect(open.has(workflowId)).toBe(false);
            open.add(workflowId);
            owed.delete(workflowId);
            most = Math.max(most, open.size);
            for (let turns = lengths[looks++ % lengths.length] ?? 0; turns > 0; turns--) await soon();
            open.delete(workflowId);
          },
        });
        for (const { workflow, pause } of pushes) {
          owed.add(`w${workflow}`);
          here.push(`w${workflow}`);
          for (let turns = pause; turns > 0; turns--) await soon();
        }
        for (let turns = 0; owed.size + open.size > 0 && turns < 1000; turns++) await soon();
        expect([...owed, ...open]).toEqual([]);
        expect(most).toBeLessThanOrEqual(8);
        expect(looks).toBeLessThanOrEqual(pushes.length);
        await here.stop();
      }),
      { numRuns: 100 },
    );
  });

  it("leaves what fails to the queue, and at its stop what it has not begun", async () => {
    const queued: QueueJob[] = [];
    const held = Promise.withResolvers<void>();
    const here = createAdvanceHere({
      logger,
      enqueue(job) {
        queued.push(job);
        return Promise.resolve();
      },
      advance: (workflowId) => (workflowId === "bad" ? Promise.reject(new Error("the database is away")) : held.promise),
    });
    here.push("bad");
    while (queued.length === 0) await soon();
    expect(queued).toEqual([{ queue: "workflow-advance", data: { workflowId: "bad" }, delayMs: 500 }]);

    for (let index = 0; index < 10; index++) here.push(`w${index}`);
    const stopped = here.stop();
    here.push("late");
    expect(queued.slice(1).map(({ data }) => data)).toEqual([{ workflowId: "w8" }, { workflowId: "w9" }]);
    held.resolve();
    await stopped;
  });
});
