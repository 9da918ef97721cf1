import { describe, expect, it } from "vitest";
import { stepsBehind } from "./steps-behind.ts";

describe("what waits behind a step", () => {
  const steps = [
    { key: "a", needs: [] },
    { key: "b", needs: [] },
    { key: "c", needs: ["a"] },
    { key: "d", needs: ["b", "c"] },
    { key: "e", needs: [] },
  ];
  it("is the longest way to the end of its workflow", () => {
    expect(steps.map(({ key }) => stepsBehind(steps, key))).toEqual([2, 1, 1, 0, 0]);
  });
});
