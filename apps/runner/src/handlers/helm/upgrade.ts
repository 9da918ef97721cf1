import type { HelmApplySpec } from "@berth/protocol/job-spec";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import { explainRelease } from "./explain.ts";
import { helmFailed, type Helm } from "./helm.ts";
import { hookEvents } from "./hooks.ts";
import { tellProgress } from "./progress.ts";
import type { Release } from "./release.ts";
import { hooksAt, ownObjects, type RenderedDocument } from "./rendering.ts";
import { goBack } from "./go-back.ts";
import { labels } from "./stuck.ts";

/**
 * Gives Helm the approved documents, as a chart, to install or upgrade to. Helm 4 is told to take over fields that others have set in the cluster: what was
 * approved is what stands afterwards, as Helm 3 has always done.
 * @throws JobFailure `not_ready` or `helm_failed` that tells which object and why
 */
export async function upgradeRelease(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: {
    helm: Helm;
    kubectl: Kubectl;
    chartDir: string;
    values: string;
    documents: readonly RenderedDocument[];
    release: Release | undefined;
  },
): Promise<void> {
  const { helm, kubectl, documents, release } = input;
  const args = [
    "upgrade",
    spec.releaseName,
    input.chartDir,
    "--install",
    "--namespace",
    spec.namespace,
    "--reset-values",
    "--values",
    input.values,
    "--wait",
    "--wait-for-jobs",
    "--timeout",
    `${spec.waitSeconds}s`,
    "--labels",
    `${labels.job}=${ctx.assign.jobId},${labels.epoch}=${ctx.assign.epoch}`,
    "--description",
    `By Berth, job ${ctx.assign.jobId}`,
    ...(release ? [] : await namespaceFlag(kubectl, spec)),
    ...(spec.takeOwnership ? ["--take-ownership"] : []),
    ...(helm.major >= 4 ? ["--server-side=true", "--force-conflicts"] : []),
  ];
  const hooks = hooksAt(documents, release?.standing ? hookEvents.upgrade : hookEvents.install);
  const objects = [...hooks.flatMap((hook) => hook.objects), ...ownObjects(documents)];
  const run = await (async () => {
    await using _progress = await tellProgress(ctx, spec, objects);
    return await helm.run(args, { log: true });
  })();
  if (run.ok) return;
  if (run.stopped) throw new JobFailure("helm_failed", "helm upgrade was stopped in the middle. The next plan shows what stands.");
  const failure = await explainRelease(spec, { kubectl, objects, failure: helmFailed("The release was not deployed", run) });
  throw spec.atomic ? await goBack(ctx, spec, { helm, release, failure }) : failure;
}

/** Only where it is missing: the runner may well be allowed to work in a namespace and not to make one. */
async function namespaceFlag(kubectl: Kubectl, spec: HelmApplySpec): Promise<string[]> {
  const found = await kubectl.run(["get", "namespace", spec.namespace, "--ignore-not-found", "-o", "name"]);
  return found.ok && found.stdout.trim() === "" ? ["--create-namespace"] : [];
}
