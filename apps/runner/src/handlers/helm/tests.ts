import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handler.ts";
import { helmFailed, type Helm } from "./helm.ts";

/** Runs the chart's tests, their logs into the job's. A chart without tests passes. @throws JobFailure `helm_failed` */
export async function runTests(ctx: JobContext, spec: HelmApplySpec, helm: Helm): Promise<void> {
  await ctx.spool.line("[berth] running the chart's tests");
  const run = await helm.run(["test", spec.releaseName, "--namespace", spec.namespace, "--logs", "--timeout", `${spec.waitSeconds}s`], {
    log: true,
  });
  if (run.ok) return;
  if (run.stopped) throw new JobFailure("helm_failed", "The release is deployed; its tests were stopped.");
  throw helmFailed("The release is deployed, and its tests fail", run);
}
