import type { KubeObject } from "../object.ts";
import { numberAt, textAt, treeAt, treesAt } from "../tree.ts";
import type { Controller, Look } from "./controller.ts";
import { createPod, isReady } from "./pods-of.ts";
import { templateHash } from "./template-hash.ts";
import { createOwned, ownedBy, removeOwned, writeStatus } from "./write.ts";

const revisionLabel = "controller-revision-hash";

/** Numbered pods one after the other, each with its claims; a changed template goes from the last to the first. */
export const reconcileStatefulSet: Controller = (look, set) => {
  const { cluster } = look;
  const wanted = numberAt(set, "spec", "replicas") ?? 1;
  const revision = `${set.metadata.name}-${templateHash(treeAt(set, "spec", "template"))}`;
  const pods = ownedBy(cluster, "pods", set);
  const named = (index: number): KubeObject | undefined => pods.find((pod) => pod.metadata.name === `${set.metadata.name}-${index}`);
  for (const pod of pods) if (Number(pod.metadata.name.slice(set.metadata.name.length + 1)) >= wanted) removeOwned(cluster, pod);
  const parallel = textAt(set, "spec", "podManagementPolicy") === "Parallel";
  for (let index = 0; index < wanted; index++) {
    const pod = named(index) ?? createNumbered(look, set, index, revision);
    if (!parallel && !(pod && isReady(pod))) break;
  }
  rollOver(look, set, wanted, revision);
  report(look, set, wanted, revision);
};

function createNumbered(look: Look, set: KubeObject, index: number, revision: string): KubeObject | undefined {
  const name = `${set.metadata.name}-${index}`;
  for (const template of treesAt(set, "spec", "volumeClaimTemplates")) {
    const { status: _, ...claim } = template;
    const metadata = {
      ...treeAt(claim, "metadata"),
      name: `${textAt(claim, "metadata", "name")}-${name}`,
      namespace: set.metadata.namespace,
    };
    createOwned(look.cluster, { ...claim, metadata });
  }
  const labels = { [revisionLabel]: revision, "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": String(index) };
  const pod = createPod(look.cluster, set, { name, labels });
  if (!pod) look.again(20);
  return pod;
}

function rollOver({ cluster }: Look, set: KubeObject, wanted: number, revision: string): void {
  if (textAt(set, "spec", "updateStrategy", "type") === "OnDelete") return;
  const pods = ownedBy(cluster, "pods", set);
  const isOld = (pod: KubeObject): boolean => pod.metadata.labels?.[revisionLabel] !== revision;
  const busy = pods.length < wanted || pods.some((pod) => !isOld(pod) && !isReady(pod));
  const last = pods.filter(isOld).at(-1);
  if (last && !busy) removeOwned(cluster, last);
}

function report({ cluster }: Look, set: KubeObject, wanted: number, revision: string): void {
  const pods = ownedBy(cluster, "pods", set);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
  const done = updated === wanted && ready === wanted;
  writeStatus(cluster, set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    availableReplicas: ready,
    ...(ready > 0 && { readyReplicas: ready }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentReplicas: done ? updated : pods.length - updated,
    currentRevision: done ? revision : textAt(set, "status", "currentRevision") || revision,
    updateRevision: revision,
    collisionCount: 0,
  });
}
