import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowState, type MaintenanceWindow } from "./maintenance-window.ts";

const night: MaintenanceWindow = { cron: "0 2 * * *", durationSeconds: 2 * 3600, timezone: "Europe/Berlin" };
const at = (text: string) => windowState([night], new Date(text));

describe("a maintenance window", () => {
  it("is open from its time, in its time zone, for as long as it says", () => {
    expect(at("2026-01-10T00:59:59Z")).toEqual({ open: false, opensAt: new Date("2026-01-10T01:00:00Z") });
    expect(at("2026-01-10T01:00:00Z")).toEqual({ open: true, until: new Date("2026-01-10T03:00:00Z") });
    expect(at("2026-01-10T02:59:59Z")).toEqual({ open: true, until: new Date("2026-01-10T03:00:00Z") });
    expect(at("2026-01-10T03:00:00Z")).toEqual({ open: false, opensAt: new Date("2026-01-11T01:00:00Z") });
    // An hour earlier in summer.
    expect(at("2026-07-10T00:30:00Z")).toMatchObject({ open: true });
  });

  it("opens on the night when its hour does not exist, and once on the night when it comes twice", () => {
    const spring = at("2026-03-28T23:00:00Z");
    expect(spring.open).toBe(false);
    expect("opensAt" in spring && spring.opensAt?.toISOString().slice(0, 10)).toBe("2026-03-29");
    expect(at("2026-10-25T01:30:00Z")).toMatchObject({ open: true });
  });

  it("of several is open while one of them is; without any everything is", () => {
    const noon: MaintenanceWindow = { cron: "0 12 * * 1-5", durationSeconds: 600, timezone: "UTC" };
    expect(windowState([night, noon], new Date("2026-01-12T12:05:00Z"))).toEqual({ open: true, until: new Date("2026-01-12T12:10:00Z") });
    expect(windowState([], new Date())).toEqual({ open: true });
  });

  it("that is closed opens exactly when it says", () => {
    const moment = fc.date({ min: new Date("2025-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
    fc.assert(
      fc.property(
        moment,
        zone,
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 60, max: 90_000 }),
        (now, timezone, hour, durationSeconds) => {
          const windows = [{ cron: `15 ${hour} * * *`, durationSeconds, timezone }];
          const state = windowState(windows, now);
          if (state.open) return;
          expect(state.opensAt && windowState(windows, state.opensAt).open).toBe(true);
          expect(state.opensAt && windowState(windows, new Date(state.opensAt.getTime() - 1)).open).toBe(false);
        },
      ),
    );
  });
});
