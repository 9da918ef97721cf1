import { treeAt } from "../tree.ts";
import type { Controller } from "./controller.ts";
import { createPod, isReady } from "./pods-of.ts";
import { templateHash } from "./template-hash.ts";
import { ownedBy, removeOwned, writeStatus } from "./write.ts";

const revisionLabel = "controller-revision-hash";

/** One pod, as there is one node. */
export const reconcileDaemonSet: Controller = ({ cluster, again }, set) => {
  const revision = templateHash(treeAt(set, "spec", "template"));
  const pods = ownedBy(cluster, "pods", set);
  for (const pod of pods) if (pod.metadata.labels?.[revisionLabel] !== revision) removeOwned(cluster, pod);
  const current = pods.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision);
  if (current.length === 0 && !createPod(cluster, set, { labels: { [revisionLabel]: revision } })) again(20);
  const now = ownedBy(cluster, "pods", set);
  const ready = now.filter(isReady).length;
  writeStatus(cluster, set, {
    observedGeneration: set.metadata.generation,
    currentNumberScheduled: now.length,
    desiredNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: ready,
    updatedNumberScheduled: now.length,
    ...(ready > 0 ? { numberAvailable: ready } : { numberUnavailable: 1 }),
  });
};
