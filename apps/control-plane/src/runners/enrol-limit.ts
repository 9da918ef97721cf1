/** Lets `burst` through at once and one more every `everyMs`, per key. */
export type RateLimit = { take(key: string, now: number): boolean };

const mostKeys = 10_000;

/** A token bucket per key. Forgets keys that are full again; beyond 10,000 busy keys it forgets the oldest. */
export function createRateLimit(input: { burst: number; everyMs: number }): RateLimit {
  const { burst, everyMs } = input;
  /** When a key's bucket will be full again, in ms. */
  const fullAt = new Map<string, number>();
  return {
    take(key, now) {
      const full = Math.max(fullAt.get(key) ?? now, now);
      if (full - now > (burst - 1) * everyMs) return false;
      fullAt.delete(key);
      fullAt.set(key, full + everyMs);
      for (const [oldest, at] of fullAt) {
        if (at > now && fullAt.size <= mostKeys) break;
        fullAt.delete(oldest);
      }
      return true;
    },
  };
}
