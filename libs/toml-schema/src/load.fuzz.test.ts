import { it } from "vitest";
import { fuzzLoads } from "./testing/fuzz.ts";

it("loads mutated apps without throwing, hanging, or pointing outside of the files", { timeout: 60_000 }, async () => {
  await fuzzLoads({ runs: 120, ms: 20_000 });
});
