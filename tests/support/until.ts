import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `look` gives a value, looking again every 30 ms.
 * @throws Error naming `what` and the last thing seen, when it does not come in `timeoutMs`
 */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for: ${what}`, { cause: lastError });
    await sleep(30);
  }
}
