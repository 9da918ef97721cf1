import type { Cluster } from "../cluster.ts";
import { keyOf, type KubeObject } from "../object.ts";
import { textAt } from "../tree.ts";
import { collectGarbage, deleteInForeground } from "./collect-garbage.ts";
import type { Controller } from "./controller.ts";
import { reconcileDaemonSet } from "./daemon-set.ts";
import { reconcileDefinition } from "./definition.ts";
import { reconcileDeployment } from "./deployment.ts";
import { reconcileJob } from "./job.ts";
import { reconcileNamespace } from "./namespace.ts";
import { reconcileBudget, reconcileClaim, reconcileService } from "./network-and-storage.ts";
import { reconcilePod } from "./pod.ts";
import { reconcileReplicaSet } from "./replica-set.ts";
import { reconcileStatefulSet } from "./stateful-set.ts";

const controllers: Readonly<Record<string, Controller>> = {
  namespaces: reconcileNamespace,
  pods: reconcilePod,
  services: reconcileService,
  persistentvolumeclaims: reconcileClaim,
  "deployments.apps": reconcileDeployment,
  "replicasets.apps": reconcileReplicaSet,
  "statefulsets.apps": reconcileStatefulSet,
  "daemonsets.apps": reconcileDaemonSet,
  "jobs.batch": reconcileJob,
  "poddisruptionbudgets.policy": reconcileBudget,
  "customresourcedefinitions.apiextensions.k8s.io": reconcileDefinition,
};

const ownerStores: Readonly<Record<string, string>> = {
  Deployment: "deployments.apps",
  ReplicaSet: "replicasets.apps",
  StatefulSet: "statefulsets.apps",
  DaemonSet: "daemonsets.apps",
  Job: "jobs.batch",
};

export type Controllers = { lookAtAll(): void; stop(): void };

/** Runs the controllers: each change is looked at a moment later, in order. `failed` is told of bugs. */
export function runControllers(cluster: Cluster, failed: (error: unknown) => void): Controllers {
  const queue = new Map<string, { store: string; key: string }>();
  const timers = new Set<NodeJS.Timeout>();
  let pass: NodeJS.Timeout | undefined;

  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timer.unref();
    timers.add(timer);
  };
  const look = (store: string, key: string): void => {
    queue.set(`${store} ${key}`, { store, key });
    pass ??= setTimeout(work, 2);
  };
  const work = (): void => {
    pass = undefined;
    const batch = [...queue.values()];
    queue.clear();
    for (const { store, key } of batch) {
      const object = cluster.store.get(store, key);
      if (!object) continue;
      const again = (ms: number): void => later(ms, () => look(store, key));
      try {
        if (object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.includes("foregroundDeletion")) {
          deleteInForeground(cluster, object, again);
        } else if (object.metadata.deletionTimestamp === undefined || isEmptied(store)) controllers[store]?.({ cluster, again }, object);
      } catch (error) {
        failed(error);
      }
    }
  };
  const lookAtOwners = (object: KubeObject): void => {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const store = ownerStores[owner.kind];
      if (store !== undefined) look(store, `${object.metadata.namespace ?? ""}/${owner.name}`);
    }
  };
  const unlisten = cluster.store.listen((event) => {
    if (event.type === "DELETED") later(0, () => collectGarbage(cluster, event.object));
    else look(event.store, keyOf(event.object));
    lookAtOwners(event.object);
    // A pod may have waited for it.
    if (event.store === "configmaps" || event.store === "secrets") {
      for (const pod of cluster.store.list("pods", event.object.metadata.namespace)) {
        if (textAt(pod, "status", "phase") === "Pending") look("pods", keyOf(pod));
      }
    }
  });
  return {
    lookAtAll() {
      for (const { store, object } of cluster.store.everything()) look(store, keyOf(object));
    },
    stop() {
      unlisten();
      clearTimeout(pass);
      for (const timer of timers) clearTimeout(timer);
      queue.clear();
    },
  };
}

function isEmptied(store: string): boolean {
  return store === "namespaces" || store.startsWith("customresourcedefinitions.");
}
