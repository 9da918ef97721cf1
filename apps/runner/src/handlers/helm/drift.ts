import { identityOf, kubernetesPlan, type KubernetesObject } from "@berth/plan/kubernetes";
import type { PlanObject } from "@berth/plan/model";
import { dryRun } from "../../cluster/dry-run.ts";
import type { Kubectl } from "../../cluster/kubectl.ts";
import { placeObjects, readServed } from "../../cluster/served.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { HelmSpec } from "./helm.ts";
import { withMarks } from "./marks.ts";

/** What has changed in the cluster since the release was deployed: objects that are gone, and fields that somebody else has set. */
export async function findDrift(input: {
  kubectl: Kubectl;
  objects: readonly KubernetesObject[];
  spec: HelmSpec;
  secretTexts: readonly string[];
}): Promise<PlanObject[]> {
  const { kubectl, spec, secretTexts } = input;
  if (input.objects.length === 0) return [];
  const read = input.objects.map((object) => ({ object: withMarks(object, spec), where: "the release that stands" }));
  const wanted = placeObjects(read, await readServed(kubectl), spec.namespace);
  const names = wanted.filter(({ later }) => !later).map(({ object }) => nameOnly(object));
  const live = names.length === 0 ? [] : await kubectl.objects(["get", "-f", kubectl.file(names), "--ignore-not-found"]);
  const by = new Map(live.map((object) => [identityOf(object, spec.namespace), object]));
  const { after } = await dryRun(kubectl, { wanted, live: by, namespace: spec.namespace, hasNamespace: true, fieldManager: "helm" });
  return kubernetesPlan({ before: live, after, defaultNamespace: spec.namespace, secretTexts, group: "drift" });
}
