import { fuzzLoads } from "./src/testing/fuzz.ts";

/** Loads mutated apps for a number of seconds: `node libs/toml-schema/fuzz.ts 60`. Fails with the seed and the smallest mutation that shows the fault. */
const seconds = Number(process.argv[2] ?? "60");
await fuzzLoads({ runs: Number.MAX_SAFE_INTEGER, ms: seconds * 1000 });
