import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { dependentsOf } from "../writes/orphan-dependents.ts";
import { removeOwned, write } from "./write.ts";

/** An owner is gone: what has no other owner goes too. */
export function collectGarbage(cluster: Cluster, gone: KubeObject): void {
  for (const { object } of dependentsOf(cluster, gone.metadata.uid)) {
    const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== gone.metadata.uid);
    const alive = others.filter((owner) => cluster.store.everything().some((there) => there.object.metadata.uid === owner.uid));
    if (alive.length === 0) removeOwned(cluster, object);
    else write(cluster, object, (next) => (next.metadata.ownerReferences = alive));
  }
}

/** An owner waits for its dependents to go first: it goes with the last of them. */
export function deleteInForeground(cluster: Cluster, owner: KubeObject, again: (ms: number) => void): void {
  for (const { object } of dependentsOf(cluster, owner.metadata.uid)) {
    if (object.metadata.deletionTimestamp === undefined) removeOwned(cluster, object, "Foreground");
  }
  if (dependentsOf(cluster, owner.metadata.uid).length > 0) return again(10);
  write(cluster, owner, (next) => {
    next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((name) => name !== "foregroundDeletion");
  });
}
