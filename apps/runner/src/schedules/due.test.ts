import type { ScheduledAction } from "@berth/protocol/schedules";
import { scheduleKey } from "@berth/protocol/schedules";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueSchedules, scheduledOf, type NextTicks } from "./due.ts";

const schedule = (cron: string, action = "ping"): ScheduledAction => ({
  action,
  cron,
  timeoutSeconds: 60,
  spec: { kind: "action.run", action, trigger: "cron", envVars: {}, steps: [{ name: "s", command: "true", envVars: {} }] },
});
const at = (text: string): Date => new Date(`2026-03-01T${text}Z`);

describe("schedules without a link", () => {
  it("are due from the moment on that they are known, and not before they have waited", () => {
    const schedules = [schedule("*/5 * * * *")];
    const first = dueSchedules({ schedules, next: new Map(), now: at("12:03:00"), waitMs: 30_000 });
    expect(first.due).toEqual([]);
    expect(dueSchedules({ schedules, next: first.next, now: at("12:05:29"), waitMs: 30_000 }).due).toEqual([]);
    const second = dueSchedules({ schedules, next: first.next, now: at("12:05:30"), waitMs: 30_000 });
    expect(second.due).toEqual([{ schedule: schedules[0], dueAt: at("12:05:00") }]);
    expect(dueSchedules({ schedules, next: second.next, now: at("12:05:31"), waitMs: 30_000 }).due).toEqual([]);
  });

  it("make up for all that were missed with one run, the last one, also after weeks", () => {
    const schedules = [schedule("* * * * *"), schedule("0 3 * * *", "nightly"), schedule("0 0 1 1 *", "yearly")];
    const start = dueSchedules({ schedules, next: new Map(), now: new Date("2026-02-01T12:00:30Z"), waitMs: 0 });
    const { due } = dueSchedules({ schedules, next: start.next, now: at("12:00:30"), waitMs: 0 });
    expect(due.map(({ schedule: { action }, dueAt }) => [action, dueAt])).toEqual([
      ["ping", at("12:00:00")],
      ["nightly", at("03:00:00")],
    ]);
  });

  it("have the probes among them, which are due every minute beside an action of the same schedule", () => {
    const probes = {
      cron: "* * * * *",
      timeoutSeconds: 60,
      spec: {
        kind: "health.probe" as const,
        probes: [{ type: "tcp" as const, component: "db", name: "port", timeoutSeconds: 10, host: "db", port: 5432 }],
      },
    };
    const set = { runnerId: "run1", installId: "inl1", issuedAt: "2026-03-01T00:00:00Z", expiresAt: "2026-03-08T00:00:00Z" };
    const schedules = scheduledOf({ ...set, schedules: [schedule("* * * * *")], probes });
    const { next } = dueSchedules({ schedules, next: new Map(), now: at("12:00:30"), waitMs: 0 });
    const { due } = dueSchedules({ schedules, next, now: at("12:01:00"), waitMs: 0 });
    expect(due.map(({ schedule: { action }, dueAt }) => [action, dueAt])).toEqual([
      ["ping", at("12:01:00")],
      [undefined, at("12:01:00")],
    ]);
  });

  it("that are gone are forgotten, and one that stays keeps its time", () => {
    const [kept, gone] = [schedule("0 * * * *"), schedule("30 * * * *", "other")];
    const { next } = dueSchedules({ schedules: [kept, gone], next: new Map(), now: at("12:10:00"), waitMs: 0 });
    const later = dueSchedules({ schedules: [kept], next, now: at("12:20:00"), waitMs: 0 });
    expect([...later.next]).toEqual([[scheduleKey(kept), at("13:00:00")]]);
  });

  it("are started at most once per tick, each at a tick of its own, however the clock is looked at", () => {
    const crons = fc.constantFrom("* * * * *", "*/7 * * * *", "15 */2 * * *", "0 0 * * 1");
    fc.assert(
      fc.property(
        crons,
        fc.array(fc.integer({ min: 0, max: 7_200_000 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 90_000 }),
        (cron, steps, waitMs) => {
          let now = at("00:00:00").getTime();
          let next: NextTicks = new Map();
          let last = 0;
          for (const step of steps) {
            now += step;
            const found = dueSchedules({ schedules: [schedule(cron)], next, now: new Date(now), waitMs });
            next = found.next;
            for (const { dueAt } of found.due) {
              expect(dueAt.getTime()).toBeGreaterThan(last);
              expect(dueAt.getTime() + waitMs).toBeLessThanOrEqual(now);
              expect(dueAt.getTime() % 60_000).toBe(0);
              last = dueAt.getTime();
            }
            // Nothing that is due is left behind.
            for (const tick of next.values()) expect(tick.getTime() + waitMs).toBeGreaterThan(now);
          }
        },
      ),
    );
  });
});
