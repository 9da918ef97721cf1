import { setTimeout as sleep } from "node:timers/promises";

/** How to wait between tries: full jitter over `min(capMs, baseMs · 2^attempt)`. */
export type Backoff = { baseMs: number; capMs: number };

/** The wait before try `attempt + 1`, in ms: uniform between 0 and the window ("full jitter"), so that a herd spreads. `random` is in [0, 1). */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, 30)));
}

/**
 * Calls `work` until it succeeds, `retryable` says no, `tries` are used up, or the signal aborts.
 * @throws the last error, or the signal's reason.
 */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  options: { tries: number; backoff: Backoff; retryable?: (error: unknown) => boolean; signal?: AbortSignal },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt + 1 >= options.tries || (options.retryable && !options.retryable(error))) throw error;
      await sleep(backoffMs(options.backoff, attempt), undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}
