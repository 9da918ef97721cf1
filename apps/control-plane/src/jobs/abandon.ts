import { AppError } from "@berth/kit/errors";
import type { Ctx } from "../context.ts";
import { endJob } from "./end.ts";

/**
 * A person's decision that a lost job is not waited for any longer: it fails with `runner_lost`. The runner may still be at work on it; a Terraform
 * state it delivers later is taken as long as nobody else has written one since.
 * @throws AppError `state_conflict` where the job is not lost (any more)
 */
export async function abandonJob({ ctx, input }: { ctx: Ctx; input: { jobId: string; note?: string } }): Promise<void> {
  const detail =
    "The runner was cut off while it ran this job and has not come back to report. It was given up by a person; what it changed in the account is not known." +
    (input.note ? ` Note: ${input.note}` : "");
  const done = await endJob({ ctx, input: { jobId: input.jobId, event: "abandon", failure: { reason: "runner_lost", detail } } });
  if (!done)
    throw new AppError("state_conflict", `Job ${input.jobId} is not lost, so there is nothing to give up: look at its state again`);
}
