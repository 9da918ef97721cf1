import type { Output } from "@berth/protocol/job-result";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { describeOutputs } from "../../cluster/describe-outputs.ts";
import type { Helm } from "./helm.ts";
import { readRelease } from "./release.ts";

/** The release and its live objects, for other components and for people. */
export async function releaseOutputs(helm: Helm, spec: HelmPlanSpec | HelmApplySpec): Promise<Record<string, Output>> {
  const release = await readRelease(helm, spec);
  if (!release) return {};
  const { revision, status, chart, version, appVersion, live } = release;
  return {
    release: {
      value: { name: spec.releaseName, namespace: spec.namespace, revision, status, chart, version, app_version: appVersion },
      sensitive: false,
    },
    ...describeOutputs(live),
  };
}
