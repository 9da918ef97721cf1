import { fuzzLoads } from "./src/testing/fuzz-loads.ts";
import { fuzzTemplates } from "./src/testing/fuzz-templates.ts";

/**
 * Loads mutated apps, or renders mutated templates, for a number of seconds: `node libs/toml-schema/fuzz.ts configs 60`.
 * Fails with the seed and the smallest mutation that shows the fault.
 */
const [what = "configs", seconds = "60"] = process.argv.slice(2);
const input = { runs: Number.MAX_SAFE_INTEGER, ms: Number(seconds) * 1000 };
if (what === "configs") await fuzzLoads(input);
else if (what === "templates") fuzzTemplates(input);
else throw new Error(`configs or templates, not ${what}`);
