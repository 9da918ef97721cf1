import { fuzzLoads } from "./src/testing/fuzz-loads.ts";
import { fuzzTemplates } from "./src/testing/fuzz-templates.ts";

/**
 * Loads mutated apps, or renders mutated templates, for a number of seconds: `node libs/toml-schema/fuzz.ts configs 60 [seed]`.
 * The same seed makes the same mutations; without one each run makes its own.
 * Fails with the seed and the smallest mutation that shows the fault.
 */
const [what = "configs", seconds = "60", seed] = process.argv.slice(2);
const input = { runs: Number.MAX_SAFE_INTEGER, ms: Number(seconds) * 1000, seed: seed === undefined ? undefined : Number(seed) };
if (what === "configs") await fuzzLoads(input);
else if (what === "templates") fuzzTemplates(input);
else throw new Error(`configs or templates, not ${what}`);
