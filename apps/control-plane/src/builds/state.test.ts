import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { buildStatesAccepting, isTerminalBuildState, nextBuildState, type BuildEvent } from "./state.ts";

const events: BuildEvent[] = ["start", "take_over", "release", "succeed", "fail", "cancel"];

describe("a build", () => {
  it("never leaves an end state, whatever happens", () => {
    assert(
      property(array(constantFrom(...events), { maxLength: 12 }), (happened) => {
        let state: Parameters<typeof nextBuildState>[0] = "queued";
        for (const event of happened) {
          const next = nextBuildState(state, event);
          expect(next === undefined || !isTerminalBuildState(state)).toBe(true);
          expect(buildStatesAccepting(event).includes(state)).toBe(next !== undefined);
          state = next ?? state;
        }
      }),
    );
  });
  it("can be cancelled until it has ended, and succeeds only after it ran", () => {
    expect(buildStatesAccepting("cancel")).toEqual(["queued", "running"]);
    expect(buildStatesAccepting("succeed")).toEqual(["running"]);
    expect(isTerminalBuildState("failed")).toBe(true);
  });
});
