import { describe, expect, it } from "vitest";
import { createRateLimit } from "./enrol-limit.ts";

describe("the enrolment rate limit", () => {
  it("lets a burst through, then one per interval, each key for itself", () => {
    const limit = createRateLimit({ burst: 3, everyMs: 1000 });
    expect([0, 0, 0, 0].map((now) => limit.take("a", now))).toEqual([true, true, true, false]);
    expect(limit.take("b", 0)).toBe(true);
    expect(limit.take("a", 999)).toBe(false);
    expect(limit.take("a", 1000)).toBe(true);
    expect(limit.take("a", 1001)).toBe(false);
    expect([9000, 9000, 9000, 9000].map((now) => limit.take("a", now))).toEqual([true, true, true, false]);
  });
});
