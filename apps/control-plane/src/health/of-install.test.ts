import { describe, expect, it } from "vitest";
import { checkHealth, type CheckRun } from "../actions/health.ts";
import type { ComponentHealth } from "./get.ts";
import { healthOf } from "./of-install.ts";
import type { Verdict } from "./track.ts";

const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 0, minute));
function check(action: string, state: CheckRun["state"] | undefined, since = 0, judges: string[] = []) {
  const times = { finishedAt: at(30), since: at(since), detail: state === "failed" ? "exit 1" : null };
  return { ...checkHealth(action, state && { installId: "i", action, runId: `run-${action}`, state, ...times }), judges };
}
const component = (name: string, verdict: Verdict, since: number): ComponentHealth => ({
  component: name,
  verdict,
  since: at(since).toISOString(),
  why: `${name} is ${verdict}`,
});

describe("an install's health", () => {
  it("is the worst of its components, since the first of them went wrong", () => {
    const components = [component("api", "healthy", 1), component("db", "unhealthy", 20), component("web", "unhealthy", 10)];
    expect(healthOf([], components)).toMatchObject({
      health: "unhealthy",
      since: at(10).toISOString(),
      why: "db: db is unhealthy",
      components,
    });
    expect(healthOf([], [component("api", "degraded", 3), component("web", "unknown", 1)])).toMatchObject({ health: "degraded" });
    expect(healthOf([], [component("api", "healthy", 3), component("web", "unknown", 1)])).toMatchObject({ health: "unknown" });
  });

  it("is healthy since the last of them came good", () => {
    expect(healthOf([check("web", "succeeded", 1)], [component("api", "healthy", 5)])).toMatchObject({
      health: "healthy",
      since: at(5).toISOString(),
    });
  });

  it("is unknown while a check has not run, and where there is none", () => {
    expect(healthOf([check("web", "succeeded"), check("db", undefined, 0, ["db"])], [])).toMatchObject({
      health: "unknown",
      why: "db: It has not run yet",
    });
    expect(healthOf([], [])).toMatchObject({ health: "unknown", checks: [], components: [] });
  });

  it("takes a check that judges no component by itself, and one that judges some through them", () => {
    expect(healthOf([check("whole", "failed", 7)], [component("api", "healthy", 1)])).toMatchObject({
      health: "unhealthy",
      since: at(7).toISOString(),
      why: "whole: The last run failed: exit 1",
    });
    // One failed run does not make a component unhealthy.
    expect(healthOf([check("of-api", "failed", 7, ["api"])], [component("api", "healthy", 1)])).toMatchObject({ health: "healthy" });
  });
});
