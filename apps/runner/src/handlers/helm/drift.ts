import { identityOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import type { HelmApplySpec, HelmPlanSpec } from "@berth/protocol/job-spec";
import { dryRun } from "../../cluster/dry-run.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { placeObjects, readServed } from "../../cluster/served.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { JobContext } from "../handler.ts";

/** What has changed in the cluster since the release was deployed: objects that are gone, and fields that somebody else has set. */
export async function findDrift(
  ctx: JobContext,
  input: { kubectl: Kubectl; objects: readonly KubernetesObject[]; spec: HelmPlanSpec | HelmApplySpec },
): Promise<{ objects: PlanObject[]; drifted: string[] }> {
  const { kubectl, spec } = input;
  if (input.objects.length === 0) return { objects: [], drifted: [] };
  const read = input.objects.map((object) => ({ object: owned(object, spec), where: "the release that stands" }));
  const wanted = placeObjects(read, await readServed(kubectl), spec.namespace);
  const names = wanted.map(({ object }) => nameOnly(object));
  const live = await kubectl.objects(["get", "-f", kubectl.file(names), "--ignore-not-found"]);
  const by = new Map(live.map((object) => [identityOf(object, spec.namespace), object]));
  const { after } = await dryRun(kubectl, { wanted, live: by, namespace: spec.namespace, hasNamespace: true, fieldManager: "helm" });
  const objects = kubernetesPlan({ before: live, after, defaultNamespace: spec.namespace, secretTexts: ctx.assign.redact, group: "drift" });
  return { objects, drifted: objects.map(({ address }) => address) };
}

/** An object with the marks that Helm adds to all it makes. */
function owned(object: KubernetesObject, spec: HelmPlanSpec | HelmApplySpec): KubernetesObject {
  const { labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: { ...annotations, "meta.helm.sh/release-name": spec.releaseName, "meta.helm.sh/release-namespace": spec.namespace },
    },
  };
}
