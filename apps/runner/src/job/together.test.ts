import { describe, expect, it } from "vitest";
import { together } from "./together.ts";

describe("work done together", () => {
  it("has all ended when one of it has failed, and gives the failure that comes first in the list", async () => {
    const goesOn = Promise.withResolvers<string>();
    let ended = false;
    const failing = together([
      goesOn.promise.then(() => {
        ended = true;
        throw new Error("first in the list");
      }),
      Promise.reject(new Error("first in time")),
    ]);
    goesOn.resolve("on");
    await expect(failing).rejects.toThrow("first in the list");
    expect(ended).toBe(true);
  });

  it("gives the results in order", async () => {
    expect(await together([Promise.resolve(1), "two", undefined])).toEqual([1, "two", undefined]);
  });
});
