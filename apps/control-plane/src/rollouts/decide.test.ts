import { ringSchema } from "@berth/api/contract/rollouts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignRings, type Ring } from "./assign-rings.ts";
import { decideRollout, gateOf, type RolloutFacts, type RolloutInstall } from "./decide.ts";

const ring = (more: Partial<Ring> = {}): Ring => ringSchema.parse({ name: "r", ...more });
const now = "2030-01-01T12:00:00.000Z";
const install = (
  id: string,
  ringIndex: number,
  state: RolloutInstall["state"] = "pending",
  more: Partial<RolloutInstall> = {},
): RolloutInstall => ({ id, ring: ringIndex, state, health: "unknown", ...more });
const facts = (rings: Ring[], installs: RolloutInstall[], more: Partial<RolloutFacts> = {}): RolloutFacts => ({
  now,
  state: "running",
  rings,
  approvedRings: [],
  installs,
  ...more,
});
const started = (of: RolloutFacts): string[] =>
  decideRollout(of).flatMap((effect) => (effect.do === "start_install" ? [effect.installId] : []));

describe("installs of a rollout", () => {
  const all = ["d", "a", "c", "b"].map((name) => ({
    id: `id-${name}`,
    name,
    labels: name === "c" ? { tier: "canary" } : ({} as Record<string, string>),
  }));
  const names = (rings: Ring[]) => assignRings(all, rings).rings.map((members) => members.map(({ name }) => name));

  it("are taken ring by ring: by name, by label, so much of what is left, and the rest", () => {
    expect(names([ring({ installs: ["d"] }), ring({ labels: "tier=canary" }), ring({ percent: 50 }), ring()])).toEqual([
      ["d"],
      ["c"],
      ["a"],
      ["b"],
    ]);
    expect(assignRings(all, [ring({ percent: 25 })]).left).toHaveLength(3);
    expect(assignRings(all, [ring({ installs: ["nope", "id-a"] })])).toMatchObject({ unknown: ["nope"], rings: [[{ name: "a" }]] });
  });
});

describe("a rollout", () => {
  it("changes as many installs of a ring at once as it may, and the next ring after it", () => {
    const rings = [ring({ maxParallel: 2 }), ring()];
    expect(started(facts(rings, [install("a", 0), install("b", 0), install("c", 0), install("d", 1)]))).toEqual(["a", "b"]);
    expect(started(facts(rings, [install("a", 0, "running"), install("b", 0, "succeeded"), install("c", 0), install("d", 1)]))).toEqual([
      "c",
    ]);
    expect(started(facts(rings, [install("a", 0, "succeeded"), install("b", 0, "skipped"), install("d", 1)]))).toEqual(["d"]);
    expect(decideRollout(facts(rings, [install("a", 0, "succeeded"), install("d", 1, "succeeded")]))).toEqual([
      { do: "move", state: "succeeded" },
    ]);
  });

  it("pauses with more failures than a ring allows, and says so; a failure within the limit stops nobody", () => {
    const failed = install("a", 0, "running", { workflow: { id: "wfl1", state: "failed", why: "no quota" } });
    expect(decideRollout(facts([ring()], [failed, install("b", 0)]))).toEqual([
      { do: "mark_install", installId: "a", state: "failed", note: "Workflow wfl1 failed: no quota" },
      { do: "move", state: "paused", why: '1 install has failed in ring "r", which allows 0' },
    ]);
    expect(started(facts([ring({ maxFailures: 1 }), ring()], [{ ...failed }, install("b", 1)]))).toEqual(["b"]);
  });

  it("gives an install up that takes too long, so that it blocks nobody for ever", () => {
    const slow = install("a", 0, "running", {
      startedAt: "2030-01-01T11:00:00.000Z",
      workflow: { id: "wfl1", state: "awaiting_approval" },
    });
    expect(started(facts([ring({ giveUpSeconds: 3600, maxFailures: 1 }), ring()], [slow, install("b", 1)]))).toEqual(["b"]);
    expect(started(facts([ring({ giveUpSeconds: 3601, maxFailures: 1 }), ring()], [slow, install("b", 1)]))).toEqual([]);
  });

  it("waits at a ring for health, for time and for a person, and tells which", () => {
    const done = (more: Partial<RolloutInstall> = {}): RolloutInstall =>
      install("a", 0, "succeeded", { finishedAt: "2030-01-01T11:59:00.000Z", health: "healthy", ...more });
    const gate = (rings: Ring[], first: RolloutInstall, more: Partial<RolloutFacts> = {}) =>
      gateOf(facts(rings, [first, install("b", 1)], more), 1);
    const bake = [ring(), ring({ healthySeconds: 120 })];
    expect(gate(bake, done())).toMatchObject({ reason: "ring_bakes", deadline: "2030-01-01T12:01:00.000Z" });
    expect(gate(bake, done(), { now: "2030-01-01T12:01:00.000Z" })).toBeUndefined();
    expect(gate(bake, done({ health: "unhealthy", healthWhy: "502" }), { now: "2030-01-02T00:00:00.000Z" })).toMatchObject({
      reason: "ring_unhealthy",
      next: expect.stringContaining("502") as unknown,
    });
    const person = [ring(), ring({ needsApproval: true })];
    expect(gate(person, done())).toMatchObject({
      reason: "ring_approval",
      next: expect.stringContaining("approve-ring <rollout> 2") as unknown,
    });
    expect(gate(person, done(), { approvedRings: [1] })).toBeUndefined();
  });

  it("that is paused or halted starts nothing, but takes in what ends", () => {
    const ends = install("a", 0, "running", { workflow: { id: "wfl1", state: "succeeded" } });
    for (const state of ["paused", "halted"] as const)
      expect(decideRollout(facts([ring()], [ends, install("b", 0)], { state }))).toEqual([
        { do: "mark_install", installId: "a", state: "succeeded" },
      ]);
  });
});

describe("for any rings, results and interleavings", () => {
  it("a rollout keeps the order of its rings, its limits and its failure budget, and comes to an end", () => {
    const rings = fc.array(fc.record({ size: fc.nat(4), maxParallel: fc.integer({ min: 1, max: 3 }), maxFailures: fc.nat(2) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(rings, fc.array(fc.nat(99), { maxLength: 60 }), (shape, choices) => {
        const list = shape.map(({ maxParallel, maxFailures }) => ring({ maxParallel, maxFailures }));
        let installs = shape.flatMap(({ size }, index) => Array.from({ length: size }, (_, n) => install(`${index}-${n}`, index)));
        let state: RolloutFacts["state"] = "running";
        const apply = (): void => {
          for (const effect of decideRollout(facts(list, installs, { state }))) {
            if (effect.do === "move") state = effect.state;
            else if (effect.do === "mark_install")
              installs = installs.map((each) => (each.id === effect.installId ? { ...each, state: effect.state } : each));
            else
              installs = installs.map((each) =>
                each.id === effect.installId ? { ...each, state: "running", workflow: { id: each.id, state: "running" } } : each,
              );
          }
          expect(decideRollout(facts(list, installs, { state }))).toEqual([]);
        };
        const check = (): void => {
          for (const [index, each] of list.entries()) {
            const members = installs.filter((one) => one.ring === index);
            expect(members.filter((one) => one.state === "running").length).toBeLessThanOrEqual(each.maxParallel);
            const begun = installs.some((one) => one.ring > index && one.state !== "pending");
            expect(begun && members.some((one) => one.state === "pending" || one.state === "running")).toBe(false);
            expect(begun && members.filter((one) => one.state === "failed").length > each.maxFailures).toBe(false);
          }
        };
        apply();
        for (const choice of choices) {
          const running = installs.filter((one) => one.state === "running");
          const picked = running[choice % Math.max(1, running.length)];
          if (picked)
            installs = installs.map((one) =>
              one.id === picked.id ? { ...one, workflow: { id: one.id, state: choice % 4 === 0 ? "failed" : "succeeded" } } : one,
            );
          apply();
          check();
        }
        for (let round = 0; round < 40 && state === "running"; round++) {
          installs = installs.map((one) => (one.state === "running" ? { ...one, workflow: { id: one.id, state: "succeeded" } } : one));
          apply();
          check();
        }
        expect(["succeeded", "paused"]).toContain(state);
      }),
    );
  });
});
