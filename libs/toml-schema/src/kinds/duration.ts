const units: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `1h30m` (already checked by the schema); `fallback` where there is none. */
export function seconds(text: string | undefined, fallback: number): number;
export function seconds(text: string | undefined): number | undefined;
export function seconds(text: string | undefined, fallback?: number): number | undefined {
  if (text === undefined) return fallback;
  let total = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)) total += Number(amount) * (units[unit] ?? 0);
  return Math.round(total * 1e9) / 1e9;
}
