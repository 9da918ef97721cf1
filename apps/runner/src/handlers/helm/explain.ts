import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmApplySpec } from "@berth/protocol/job-spec";
import { explainUnready } from "../../cluster/explain-unready.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { verdictOf } from "../../cluster/readiness.ts";
import { JobFailure } from "../handler.ts";
import { liveObjects } from "./live-objects.ts";

/** What helm says where it has waited in vain, for a hook or for objects to become ready; everything else it says is about what it was given. */
const signsOfWaiting = /hooks? failed|failed (pre|post)-|deadline|timed out|not ready|BackoffLimitExceeded/i;

/**
 * What helm says of a release that failed is mostly that it failed. This looks for the object that did, a hook's as well, and tells why.
 * @param input.objects all that helm waits for
 */
export async function explainRelease(
  spec: HelmApplySpec,
  input: { kubectl: Kubectl; objects: readonly KubernetesObject[]; failure: JobFailure },
): Promise<JobFailure> {
  const { kubectl, failure } = input;
  const said = failure.failure.detail;
  if (!signsOfWaiting.test(said)) return failure;
  try {
    const live = await liveObjects(kubectl, spec, input.objects)();
    const open = live.flatMap((object) => {
      const verdict = verdictOf(object);
      return verdict.state === "ready" ? [] : [{ object, verdict }];
    });
    // What failed for good, before what only waits for it; what helm names, before the rest.
    const named = (object: KubernetesObject): boolean => said.includes(object.metadata.name);
    const failedOnes = open.filter(({ verdict }) => verdict.state === "failed");
    const first = failedOnes.find(({ object }) => named(object)) ?? failedOnes[0] ?? open.find(({ object }) => named(object)) ?? open[0];
    if (!first) return failure;
    const why = await explainUnready({
      kubectl,
      object: first.object,
      namespace: spec.namespace,
      why: first.verdict.why,
      seconds: first.verdict.state === "failed" ? undefined : spec.waitSeconds,
      others: open.length - 1,
    });
    return new JobFailure("not_ready", `${why}\n${said}`.slice(0, 16_000), exitOf(failure));
  } catch {
    return failure;
  }
}

function exitOf({ failure }: JobFailure): { exitCode?: number } {
  return failure.exitCode === undefined ? {} : { exitCode: failure.exitCode };
}
