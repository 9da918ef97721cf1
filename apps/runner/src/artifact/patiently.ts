import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import type { JobContext } from "../handlers/handler.ts";

const patienceMs = 120_000;

/**
 * Does what needs a registry; tries again, up to two minutes, while that is away.
 * @param what what is needed, where it is no registry
 * @throws the last error, also when the job is stopped
 */
export async function patiently<T>(ctx: Pick<JobContext, "signal" | "spool">, work: () => Promise<T>, what = "the registry"): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const away = error instanceof AppError && (error.code === "unavailable" || error.code === "rate_limited");
      if (ctx.signal.aborted || !away || Date.now() > giveUpAt) throw error;
      await ctx.spool.line(`[berth] ${what} is away, trying again: ${messageOf(error)}`);
      await sleep(backoffMs({ baseMs: 1000, capMs: 10_000 }, attempt), undefined, { signal: ctx.signal }).catch(() => {});
    }
  }
}
