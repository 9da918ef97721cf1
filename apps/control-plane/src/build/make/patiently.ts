import { retry } from "@berth/kit/retry";
import { isTransient } from "../explain-failure.ts";
import type { MakeInput } from "./maker.ts";

const tries = 4;
const backoff = { baseMs: 1000, capMs: 15_000 };

/** Tries again what may pass by itself, with growing waits, and says so in the build's log. */
export function patiently<T>(input: Pick<MakeInput, "say" | "signal">, what: string, work: (attempt: number) => Promise<T>): Promise<T> {
  const { say, signal } = input;
  return retry(
    async (attempt) => {
      if (attempt > 0) say(`Trying ${what} again (${attempt + 1} of ${tries})`);
      return work(attempt);
    },
    {
      tries,
      backoff,
      signal,
      retryable: (error) => {
        if (!isTransient(error) || signal.aborted) return false;
        say((error as Error).message);
        return true;
      },
    },
  );
}
