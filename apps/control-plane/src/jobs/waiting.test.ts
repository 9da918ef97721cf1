import { jobTransitions, type JobState } from "@berth/protocol/job-state";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainWaiting, type WaitingFacts } from "./waiting.ts";

const at = new Date("2026-01-01T00:00:00Z");
const facts = (input: Partial<WaitingFacts> & { state?: JobState } = {}): WaitingFacts => ({
  job: { state: input.state ?? "queued", createdAt: at, target: "sandbox" },
  runner: { id: "run1", slots: 2 },
  active: 0,
  first: 0,
  reconnectWindowMs: 600_000,
  ...input,
});

describe("why a job waits", () => {
  it("names the runner first, then the target, then the slots", () => {
    const runner = { id: "run1", slots: 2, waiting: { reason: "runner_offline", since: "2026-01-02T00:00:00Z", waitsFor: "x", next: "y" } };
    const blocker = { id: "job2", state: "lost" as const };
    expect(explainWaiting(facts({ runner, blocker, active: 2 }))).toMatchObject({
      reason: "runner_offline",
      since: "2026-01-02T00:00:00Z",
    });
    expect(explainWaiting(facts({ blocker, active: 2 }))).toMatchObject({ reason: "target_busy" });
    expect(explainWaiting(facts({ active: 2 }))).toMatchObject({ reason: "runner_busy" });
    expect(explainWaiting(facts({ active: 2, first: 3 }))?.next).toContain("and the 3 that go first have begun");
    expect(explainWaiting(facts())).toMatchObject({ reason: "dispatching" });
  });

  it("has a deadline for a lost job: then a person decides", () => {
    const lost = explainWaiting(facts({ job: { state: "lost", createdAt: at, leaseExpiresAt: at } }));
    expect(lost).toMatchObject({ reason: "runner_lost", since: at.toISOString(), deadline: "2026-01-01T00:10:00.000Z" });
  });

  it("is said for every state in which nothing runs, with what would make it go on", () => {
    const states = Object.keys(jobTransitions) as JobState[];
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.nat(5), (state, active) => {
        const waiting = explainWaiting(facts({ state, active }));
        expect(waiting !== undefined).toBe(["queued", "assigned", "lost"].includes(state));
        if (waiting) expect(waiting.next.length).toBeGreaterThan(10);
      }),
    );
  });
});
