import type { JobResult } from "@berth/protocol/job-result";
import { probeReportsSchema } from "@berth/protocol/specs/health";
import type { Ctx } from "../context.ts";
import { takeInProbes } from "./take-in-probes.ts";

/** Takes in what the probes of an install saw, as of when their job began. Call it in a transaction. */
export async function onProbed(ctx: Ctx, input: { installId: string; at: Date; outputs: JobResult["outputs"] }): Promise<void> {
  const { installId, at } = input;
  const reports = probeReportsSchema.safeParse(input.outputs?.["probes"]?.value);
  if (reports.success) await takeInProbes(ctx, { installId, at, reports: reports.data });
}
