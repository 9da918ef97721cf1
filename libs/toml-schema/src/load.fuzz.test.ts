import { it } from "vitest";
import { fuzzLoads } from "./testing/fuzz-loads.ts";
import { fuzzTemplates } from "./testing/fuzz-templates.ts";

it("loads mutated apps without throwing, hanging, or pointing outside of the files", { timeout: 60_000 }, async () => {
  await fuzzLoads({ runs: 120, ms: 20_000, seed: 20261126 });
});

it("renders mutated templates without throwing anything but the template's own error", { timeout: 60_000 }, () => {
  fuzzTemplates({ runs: 1000, ms: 20_000, seed: 20261126 });
});
