import { describe, expect, it } from "vitest";
import { summarizePlan, type PlanJson } from "./summary.ts";

const about = { digest: `sha256:${"a".repeat(64)}`, size: 10 };
const one = (actions: string[], more: object = {}): PlanJson => ({ resource_changes: [{ address: "a.b", change: { actions }, ...more }] });

describe("the summary of a plan", () => {
  it.each([
    ["create", ["create"], "create"],
    ["an update", ["update"], "update"],
    ["a delete", ["delete"], "delete"],
    ["a replace, delete first", ["delete", "create"], "replace"],
    ["a replace, create first", ["create", "delete"], "replace"],
  ] as const)("counts %s", (_name, actions, key) => {
    const summary = summarizePlan(one([...actions]), about);
    expect(summary).toMatchObject({ hasChanges: true, create: 0, update: 0, replace: 0, delete: 0, [key]: 1 });
  });
  it("takes a changed output for a change", () => {
    const summary = summarizePlan(
      { output_changes: { b: { actions: ["update"] }, a: { actions: ["create"] }, c: { actions: ["no-op"] } } },
      about,
    );
    expect(summary).toMatchObject({ hasChanges: true, outputsChanged: ["a", "b"] });
  });
  it("takes moves, imports and forgotten resources for changes", () => {
    expect(summarizePlan(one(["no-op"], { previous_address: "a.c" }), about).hasChanges).toBe(true);
    expect(
      summarizePlan({ resource_changes: [{ address: "a.b", change: { actions: ["no-op"], importing: { id: "x" } } }] }, about).hasChanges,
    ).toBe(true);
    expect(summarizePlan(one(["forget"]), about).hasChanges).toBe(true);
  });
  it("takes nothing to do and reads of data sources for no change", () => {
    expect(summarizePlan({}, about).hasChanges).toBe(false);
    expect(summarizePlan(one(["no-op"]), about).hasChanges).toBe(false);
    expect(summarizePlan(one(["read"], { mode: "data" }), about).hasChanges).toBe(false);
  });
});
