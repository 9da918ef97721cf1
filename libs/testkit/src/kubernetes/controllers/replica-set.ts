import { numberAt } from "../tree.ts";
import type { Controller } from "./controller.ts";
import { createPod, isReady } from "./pods-of.ts";
import { ownedBy, removeOwned, writeStatus } from "./write.ts";

/** Keeps as many pods as are wanted. */
export const reconcileReplicaSet: Controller = ({ cluster, again }, set) => {
  const wanted = numberAt(set, "spec", "replicas") ?? 1;
  const pods = ownedBy(cluster, "pods", set).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  for (let missing = pods.length; missing < wanted; missing++) if (!createPod(cluster, set)) again(20);
  // Those that are not ready go first.
  const spare = pods.sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, Math.max(0, pods.length - wanted));
  for (const pod of spare) removeOwned(cluster, pod);
  const now = ownedBy(cluster, "pods", set);
  const ready = now.filter(isReady).length;
  writeStatus(cluster, set, {
    replicas: now.length,
    fullyLabeledReplicas: now.length,
    ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: set.metadata.generation,
  });
};
