import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closestMs, nextCheck } from "./next-check.ts";

const at = (time: string): Date => new Date(`2026-05-04T${time}Z`);
const next = (cron: string, due: string, now: string): string | undefined =>
  nextCheck({ cron, due: at(due), now: at(now) })
    ?.toISOString()
    .slice(11, 19);

describe("the next drift check", () => {
  it("comes when its schedule says, also after one that a sweep found a little late", () => {
    expect(next("*/5 * * * *", "12:00:00", "12:00:02")).toBe("12:05:00");
    expect(next("0 */6 * * *", "12:00:00", "12:00:02")).toBe("18:00:00");
  });

  it("is five minutes after the last one at the least", () => {
    expect(next("* * * * *", "12:00:00", "12:00:02")).toBe("12:05:00");
    expect(next("*/2 * * * *", "12:00:00", "12:00:02")).toBe("12:06:00");
    // It had to wait for twenty minutes.
    expect(next("*/5 * * * *", "12:00:00", "12:20:30")).toBe("12:25:00");
    expect(next("* * * * *", "12:00:00", "12:20:30")).toBe("12:25:00");
  });

  it("never is where the schedule never comes again", () => {
    expect(next("0 0 30 2 *", "12:00:00", "12:00:00")).toBeUndefined();
  });

  it("is never closer than five minutes, whatever the schedule and the delay", () => {
    const day = 86_400_000;
    fc.assert(
      fc.property(
        fc.constantFrom("* * * * *", "*/2 * * * *", "*/7 * * * *", "0 * * * *", "59 23 * * *"),
        fc.integer({ min: 0, max: day }),
        fc.integer({ min: 0, max: day }),
        (cron, dueMs, lateMs) => {
          const due = new Date(Math.floor((Date.UTC(2026, 4, 4) + dueMs) / 60_000) * 60_000);
          const now = new Date(due.getTime() + lateMs);
          const found = nextCheck({ cron, due, now });
          expect(found?.getTime()).toBeGreaterThan(now.getTime());
          expect((found?.getTime() ?? 0) - now.getTime()).toBeGreaterThanOrEqual(closestMs - 31_000);
        },
      ),
    );
  });
});
