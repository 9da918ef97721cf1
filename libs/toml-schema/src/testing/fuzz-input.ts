/** How long to fuzz (`runs` mutations at the most, for `ms` milliseconds at the most), and the seed of the mutations where they shall be the same again. */
export type FuzzInput = { runs: number; ms?: number | undefined; seed?: number | undefined };

/** The same for fast-check. Running out of time is no failure. */
export function fuzzParameters({ runs, ms, seed }: FuzzInput): {
  numRuns: number;
  seed?: number;
  interruptAfterTimeLimit?: number;
  markInterruptAsFailure: false;
} {
  return {
    numRuns: runs,
    markInterruptAsFailure: false,
    ...(seed === undefined ? {} : { seed }),
    ...(ms === undefined ? {} : { interruptAfterTimeLimit: ms }),
  };
}
