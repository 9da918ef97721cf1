import type { Output } from "@berth/protocol/job-result";
import { describeOutputs } from "../../cluster/describe-outputs.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import type { HelmSpec } from "./helm.ts";
import { liveObjects } from "./live-objects.ts";
import { readRelease } from "./release.ts";
import { documentsOf, ownObjects } from "./rendering.ts";

/** The release and its live objects, for other components and for people. */
export async function releaseOutputs(kubectl: Kubectl, spec: HelmSpec): Promise<Record<string, Output>> {
  const standing = (await readRelease(kubectl, spec))?.standing;
  if (!standing) return {};
  const live = await liveObjects(kubectl, spec, ownObjects(documentsOf(standing.record, "the release that stands")))();
  const { revision, status, chart, version, appVersion } = standing;
  return {
    release: {
      value: { name: spec.releaseName, namespace: spec.namespace, revision, status, chart, version, app_version: appVersion },
      sensitive: false,
    },
    ...describeOutputs(live),
  };
}
