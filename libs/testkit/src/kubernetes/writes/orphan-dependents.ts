import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";

/** The objects that name an owner. */
export function dependentsOf(cluster: Cluster, uid: string): { store: string; object: KubeObject }[] {
  return cluster.store.everything().filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

/** Takes an owner out of its dependents, so that they stay when it goes. */
export function orphanDependents(cluster: Cluster, uid: string): void {
  for (const { store, object } of dependentsOf(cluster, uid)) {
    const next = structuredClone(object);
    const left = (next.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    if (left.length > 0) next.metadata.ownerReferences = left;
    else delete next.metadata.ownerReferences;
    cluster.store.put(store, next);
  }
}
