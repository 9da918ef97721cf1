import { describe, expect, it } from "vitest";
import { nextTick } from "@berth/protocol/cron";
import { isHealthCheck } from "./health-checks.ts";
import { healthOf, type Verdict } from "./health.ts";

const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 0, minute));
const verdict = (action: string, state: Verdict["state"], since: number): Verdict => ({
  action,
  runId: `run-${action}`,
  state,
  finishedAt: at(30),
  since: at(since),
  detail: state === "failed" ? "exit 1" : null,
});

describe("an install's health", () => {
  it("is the worst of its checks, since the first of them went wrong", () => {
    const health = healthOf(
      ["web", "db", "mail"],
      [verdict("web", "succeeded", 1), verdict("db", "failed", 20), verdict("mail", "failed", 10)],
    );
    expect(health).toMatchObject({ health: "unhealthy", since: at(10).toISOString(), why: "db: The last run failed: exit 1" });
    expect(health.checks.map((check) => [check.action, check.health])).toEqual([
      ["web", "healthy"],
      ["db", "unhealthy"],
      ["mail", "unhealthy"],
    ]);
  });

  it("is healthy since the last check came good, and unknown while one has not run", () => {
    expect(healthOf(["web", "db"], [verdict("web", "succeeded", 1), verdict("db", "succeeded", 5)])).toMatchObject({
      health: "healthy",
      since: at(5).toISOString(),
    });
    expect(healthOf(["web", "db"], [verdict("web", "succeeded", 1)])).toMatchObject({ health: "unknown", why: "db: It has not run yet" });
  });
});

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
