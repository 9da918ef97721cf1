import { describe, expect, it } from "vitest";
import { nextTick } from "@berth/protocol/cron";
import { isHealthCheck } from "./health-checks.ts";

const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 0, minute));
describe("a health check", () => {
  const action = (name: string, labels: Record<string, string> = {}, type = "manual") => ({ name, labels, triggers: [{ type }] });
  it("is an action on a cron schedule, or named or labelled so; the label has the last word", () => {
    expect(isHealthCheck(action("anything", {}, "cron"))).toBe(true);
    expect(isHealthCheck(action("health-check"))).toBe(true);
    expect(isHealthCheck(action("migrate"))).toBe(false);
    expect(isHealthCheck(action("migrate", { health: "true" }))).toBe(true);
    expect(isHealthCheck(action("backup", { health: "false" }, "cron"))).toBe(false);
  });
});

describe("a cron expression", () => {
  it("is due at its next minute in UTC, whatever the time zone of the machine", () => {
    expect(nextTick("*/5 * * * *", at(3))).toEqual(at(5));
    expect(nextTick("*/5 * * * *", at(5))).toEqual(at(10));
    expect(nextTick("0 7 * * *", at(0))).toEqual(new Date(Date.UTC(2030, 0, 1, 7)));
  });
  it("that never comes has no next tick, and one that is none is refused", () => {
    expect(nextTick("0 0 30 2 *", at(0))).toBeUndefined();
    expect(() => nextTick("often", at(0))).toThrow();
  });
});
