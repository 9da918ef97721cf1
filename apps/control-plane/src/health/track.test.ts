import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { follow, worstOf, type Observation, type Track } from "./track.ts";

const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 0, minute));
function after(...statuses: Observation["status"][]): Track | undefined {
  return statuses.reduce<Track | undefined>(
    (track, status, minute) => follow(track, { status, why: `look ${minute}`, at: at(minute) }),
    undefined,
  );
}

describe("the verdict on a component", () => {
  it("follows the first look at once, bad news after three in a row, good news after two", () => {
    expect(after("unhealthy")).toMatchObject({ verdict: "unhealthy", since: at(0) });
    expect(after("healthy", "unhealthy", "unhealthy")).toMatchObject({
      verdict: "healthy",
      since: at(0),
      tending: "unhealthy",
      tendingCount: 2,
    });
    expect(after("healthy", "unhealthy", "unhealthy", "unhealthy")).toMatchObject({ verdict: "unhealthy", since: at(3), why: "look 3" });
    expect(after("unhealthy", "healthy")).toMatchObject({ verdict: "unhealthy" });
    expect(after("unhealthy", "healthy", "healthy")).toMatchObject({ verdict: "healthy", since: at(2) });
  });

  it("is not moved by single looks, nor by one that comes late", () => {
    expect(after("healthy", "unhealthy", "healthy", "unhealthy", "healthy", "unhealthy")).toMatchObject({
      verdict: "healthy",
      since: at(0),
    });
    const track = after("healthy", "healthy");
    expect(follow(track, { status: "unhealthy", why: "late", at: at(0) })).toEqual(track);
  });

  it("never changes more often than every second look", () => {
    const status = fc.constantFrom<Observation["status"][]>("healthy", "degraded", "unhealthy");
    fc.assert(
      fc.property(fc.array(status, { minLength: 2, maxLength: 60 }), (statuses) => {
        let track: Track | undefined;
        let changes = 0;
        for (const [minute, each] of statuses.entries()) {
          const next = follow(track, { status: each, why: "", at: at(minute) });
          if (track && next.verdict !== track.verdict) changes++;
          track = next;
        }
        expect(changes).toBeLessThanOrEqual(Math.floor(statuses.length / 2));
      }),
    );
  });

  it("never follows a look that is older than what it has seen, however the looks come, and none but the newest moves when it was seen", () => {
    const status = fc.constantFrom<Observation["status"][]>("healthy", "degraded", "unhealthy");
    const look = fc.record({ status, why: fc.constant("look"), at: fc.integer({ min: 0, max: 30 }).map(at) });
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 40 }), fc.boolean(), (looks, silent) => {
        const inTime = looks.filter((each, index) => looks.slice(0, index).every((earlier) => earlier.at <= each.at));
        const start = looks[0] as Observation;
        const first = follow(undefined, start);
        const from: Track = silent ? { ...first, verdict: "unknown" } : first;
        const all = looks.slice(1).reduce(follow, from);
        expect(all).toEqual(inTime.slice(1).reduce(follow, from));
        expect(all.seenAt.getTime()).toBe(Math.max(...looks.map((each) => each.at.getTime())));
      }),
    );
  });

  it("of several is the worst, and not knowing is not well", () => {
    expect(worstOf(["healthy", "unknown"])).toBe("unknown");
    expect(worstOf(["healthy", "degraded", "unhealthy", "unknown"])).toBe("unhealthy");
    expect(worstOf(["healthy", "healthy"])).toBe("healthy");
    expect(worstOf([])).toBe("unknown");
  });
});
