import type { Output } from "@berth/protocol/job-result";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { describeOutputs } from "../../cluster/describe-outputs.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { placeObjects, readServed } from "../../cluster/served.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import { objectsOf } from "./compare.ts";
import type { Helm } from "./helm.ts";
import { readRelease } from "./release.ts";

/** The release and its live objects, for other components and for people. */
export async function releaseOutputs(input: {
  helm: Helm;
  kubectl: Kubectl;
  spec: HelmPlanSpec | HelmApplySpec;
}): Promise<Record<string, Output>> {
  const { helm, kubectl, spec } = input;
  const release = await readRelease(helm, spec);
  if (!release) return {};
  const read = objectsOf(release.manifest, "the release that stands").map((object) => ({ object, where: "the release" }));
  const placed = placeObjects(read, await readServed(kubectl), spec.namespace).map(({ object }) => nameOnly(object));
  const live = placed.length === 0 ? [] : await kubectl.objects(["get", "-f", kubectl.file(placed), "--ignore-not-found"]);
  const { revision, status, chart, version, appVersion } = release;
  return {
    release: {
      value: { name: spec.releaseName, namespace: spec.namespace, revision, status, chart, version, app_version: appVersion },
      sensitive: false,
    },
    ...describeOutputs(live),
  };
}
