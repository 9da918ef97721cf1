import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import type { FailureReason } from "@berth/protocol/job-result";
import type { HttpAnswer } from "./request.ts";
import { JobFailure, type JobContext } from "../handlers/handler.ts";

const patienceMs = 5 * 60_000;
const bodyLimit = 512 * 1024 * 1024;

/**
 * A request with the job's token, repeated while the control plane is away (five minutes at most).
 * @param input.reason of the failure when there is no answer
 * @returns any answer below 500 but 429
 * @throws JobFailure
 */
export async function askControlPlane(
  ctx: JobContext,
  input: { method: "GET" | "POST"; path: string; body?: string; reason: FailureReason; what: string },
): Promise<HttpAnswer> {
  const giveUpAt = Date.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    let problem: string;
    try {
      const answer = await ctx.http({
        method: input.method,
        url: `${ctx.baseUrl}${input.path}`,
        headers: {
          authorization: `Bearer ${ctx.assign.jobToken}`,
          "berth-epoch": String(ctx.assign.epoch),
          ...(input.body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(input.body === undefined ? {} : { body: input.body }),
        signal: ctx.signal,
        maxBytes: bodyLimit,
      });
      if (answer.status < 500 && answer.status !== 429) return answer;
      problem = `it answered ${answer.status}`;
    } catch (error) {
      problem = messageOf(error);
    }
    if (ctx.signal.aborted) throw new JobFailure(input.reason, "");
    if (Date.now() > giveUpAt) throw new JobFailure(input.reason, `The control plane could not be asked for ${input.what}: ${problem}.`);
    if (attempt === 0) await ctx.spool.line(`[berth] waiting for the control plane, to ask for ${input.what}: ${problem}`);
    await sleep(backoffMs({ baseMs: 250, capMs: 10_000 }, attempt) + 50, undefined, { signal: ctx.signal }).catch(() => {});
  }
}
