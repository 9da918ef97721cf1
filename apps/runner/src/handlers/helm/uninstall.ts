import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { failed, type Kubectl } from "../../cluster/kubectl.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { JobFailure, type JobContext } from "../handler.ts";
import { explainRelease } from "./explain.ts";
import { helmFailed, type Helm } from "./helm.ts";
import { hookEvents } from "./hooks.ts";
import { isKept, leftovers } from "./plan-removal.ts";
import type { Release } from "./release.ts";
import { documentsOf, hooksAt } from "./rendering.ts";
import { labels } from "./stuck.ts";

/** Uninstalls a release and waits until its objects are gone. One that is gone already, or half, is fine. @throws JobFailure */
export async function uninstallRelease(
  ctx: JobContext,
  spec: HelmApplySpec,
  input: { helm: Helm; kubectl: Kubectl; release: Release | undefined },
): Promise<void> {
  const { helm, kubectl, release } = input;
  if (!release) return await ctx.spool.line("[berth] there is no release to remove");
  await putName(ctx, spec, { kubectl, release });
  const run = await helm.run(
    ["uninstall", spec.releaseName, "--namespace", spec.namespace, "--wait", "--timeout", `${spec.waitSeconds}s`],
    { log: true },
  );
  if (run.stopped) throw new JobFailure("helm_failed", "helm uninstall was stopped in the middle. The next removal goes on from there.");
  if (!run.ok && !/release: not found/.test(run.stderr)) {
    const hooks = hooksAt(documentsOf(release.newest.record, "the release"), hookEvents.remove).flatMap(({ objects }) => objects);
    throw await explainRelease(spec, { kubectl, objects: hooks, failure: helmFailed("The release was not removed", run) });
  }
  const left = leftovers(spec, release).filter((object) => !isKept(object));
  if (left.length === 0) return;
  const removed = await kubectl.tell([
    "delete",
    "-f",
    kubectl.file(left.map(nameOnly)),
    "--ignore-not-found",
    "--namespace",
    spec.namespace,
    `--timeout=${spec.waitSeconds}s`,
  ]);
  if (!removed.ok) throw failed("delete", removed);
}

/** Writes on the record who is at it, so that a removal that dies is known as ours. */
async function putName(ctx: JobContext, spec: HelmApplySpec, input: { kubectl: Kubectl; release: Release }): Promise<void> {
  const { kubectl, release } = input;
  const run = await kubectl.run([
    "label",
    spec.storageDriver,
    release.newest.stored.metadata.name,
    "--namespace",
    spec.namespace,
    "--overwrite",
    `${labels.job}=${ctx.assign.jobId}`,
    `${labels.epoch}=${ctx.assign.epoch}`,
  ]);
  if (!run.ok && !/not found/i.test(run.stderr)) throw failed("label", run);
}
