import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { explainUnready } from "../../cluster/explain-unready.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { verdictOf } from "../../cluster/readiness.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { JobFailure } from "../handler.ts";

/** What helm says of a release that failed is that it failed. This looks for the object that did, a hook's as well, and tells why. */
export async function explainRelease(
  spec: HelmApplySpec,
  input: { kubectl: Kubectl; objects: readonly KubernetesObject[]; failure: JobFailure },
): Promise<JobFailure> {
  const { kubectl, failure } = input;
  try {
    const placed = input.objects.map((object) => ({ ...object, metadata: { ...object.metadata } }));
    const run = await kubectl.run([
      "get",
      "-f",
      kubectl.file(placed.map(nameOnly)),
      "--ignore-not-found",
      "--namespace",
      spec.namespace,
      "-o",
      "json",
    ]);
    if (run.stdout.trim() === "") return failure;
    const value = JSON.parse(run.stdout) as { kind?: string; items?: KubernetesObject[] };
    const live = value.kind === "List" ? (value.items ?? []) : [value as KubernetesObject];
    const open = live.flatMap((object) => {
      const verdict = verdictOf(object);
      return verdict.state === "ready" ? [] : [{ object, verdict }];
    });
    // What failed for good, before what only waits for it.
    const first = open.find(({ verdict }) => verdict.state === "failed") ?? open[0];
    if (!first) return failure;
    const why = await explainUnready({
      kubectl,
      object: first.object,
      namespace: spec.namespace,
      why: first.verdict.why,
      seconds: first.verdict.state === "failed" ? undefined : spec.waitSeconds,
      others: open.length - 1,
    });
    return new JobFailure("not_ready", `${why}\n${failure.failure.detail}`.slice(0, 16_000));
  } catch {
    return failure;
  }
}
