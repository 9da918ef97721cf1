/** One measured value against its bar. The bars belong to a 2-core machine. */
export type Figure = {
  /** `group.what`, e.g. `pickup.redis.p99`. */
  name: string;
  value: number;
  unit: "ms" | "s" | "MB" | "kB" | "MB/s" | "1/s" | "×" | "count";
  /** How many samples stand behind it. */
  n: number;
  /** e.g. `≤ 100`; absent where the figure only informs. */
  bar?: string;
  ok: boolean;
};

/** A figure that must not be above its bar. */
export function atMost(bar: number, figure: Omit<Figure, "bar" | "ok">): Figure {
  return { ...figure, bar: `≤ ${bar}`, ok: figure.value <= bar };
}

/** A figure that must not be below its bar. */
export function atLeast(bar: number, figure: Omit<Figure, "bar" | "ok">): Figure {
  return { ...figure, bar: `≥ ${bar}`, ok: figure.value >= bar };
}

/** The value below which `share` (0 to 1) of the samples lie: the nearest-rank percentile. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}
