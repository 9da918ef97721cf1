import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handler.ts";
import { helmFailed, type Helm } from "./helm.ts";
import type { Release } from "./release.ts";

/**
 * Goes back to the revision that was deployed before a failed upgrade, or takes a failed first install away. Helm could do so by itself, but then nothing would be
 * left to tell why it failed.
 * @returns the failure, with what was done about it
 */
export async function goBack(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { helm: Helm; release: Release | undefined; failure: JobFailure },
): Promise<JobFailure> {
  const { helm, release, failure } = input;
  const before = release?.standing?.status === "deployed" ? release.standing.revision : undefined;
  const at = ["--namespace", spec.namespace, "--wait", "--timeout", `${spec.waitSeconds}s`];
  await ctx.spool.line(`[berth] ${before === undefined ? "taking the failed install away" : `going back to revision ${before}`}`);
  const run = await helm.run(
    before === undefined
      ? ["uninstall", spec.releaseName, ...at]
      : ["rollback", spec.releaseName, String(before), ...at, ...(helm.major >= 4 ? ["--server-side=true", "--force-conflicts"] : [])],
    { log: true },
  );
  const { reason, detail, exitCode } = failure.failure;
  const done = run.ok
    ? before === undefined
      ? "The failed install was taken away."
      : `The release is back at what revision ${before} was.`
    : `Going back failed too: ${helmFailed("", run).failure.detail}`;
  return new JobFailure(reason, `${detail}\n${done}`, exitCode === undefined ? {} : { exitCode });
}
