import type { Cluster } from "../cluster.ts";
import { apiVersionOf, storeOf, type Kind } from "../kinds/kind.ts";
import { asObject, keyOf, timestamp, type KubeObject } from "../object.ts";
import { StatusError } from "../status-error.ts";
import type { Tree } from "../tree.ts";
import { commit } from "../writes/commit.ts";
import { createObject } from "../writes/create.ts";
import { remove } from "../writes/remove.ts";
import type { Target } from "../writes/target.ts";

const manager = "kube-controller-manager";

export function kindOf(cluster: Cluster, object: { apiVersion: string; kind: string }): Kind {
  const kind = cluster.kinds.byObject(object);
  if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
  return kind;
}

function targetOf(kind: Kind, object: { metadata: { name: string; namespace?: string } }): Target {
  const { name, namespace } = object.metadata;
  return {
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    fieldManager: manager,
    fieldValidation: "Ignore",
    dryRun: false,
    warnings: [],
  };
}

/** Writes a status as a controller does. Nothing is stored where nothing changes. */
export function writeStatus(cluster: Cluster, object: KubeObject, status: Tree): KubeObject {
  return write(cluster, object, (next) => (next["status"] = status), "status");
}

/** Changes an object as it is now; one that is gone stays gone. */
export function write(cluster: Cluster, object: KubeObject, change: (next: KubeObject) => void, subresource?: string): KubeObject {
  const kind = kindOf(cluster, object);
  const before = cluster.store.get(storeOf(kind), keyOf(object));
  if (!before || before.metadata.uid !== object.metadata.uid) return object;
  const after = structuredClone(before);
  change(after);
  const writer = {
    manager,
    operation: "Update" as const,
    apiVersion: apiVersionOf(kind),
    ...(subresource !== undefined && { subresource }),
  };
  return commit({ cluster, kind, before, after, writer, dryRun: false });
}

/** Creates an object; where one of that name is there already, that one is kept. */
export function createOwned(cluster: Cluster, body: Tree, owner?: KubeObject): KubeObject | undefined {
  const object = structuredClone(asObject(body));
  if (owner) {
    const { apiVersion, kind, metadata } = owner;
    object.metadata.ownerReferences = [
      { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
    ];
  }
  try {
    const kind = kindOf(cluster, object);
    return createObject(cluster, targetOf(kind, object), object);
  } catch (error) {
    // The namespace is going away, or a test denies it: the next look tries again.
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

export function removeOwned(cluster: Cluster, object: KubeObject, propagationPolicy = "Background"): void {
  try {
    remove(cluster, targetOf(kindOf(cluster, object), object), { propagationPolicy });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}

/** What a controller owns in a store. */
export function ownedBy(cluster: Cluster, store: string, owner: KubeObject): KubeObject[] {
  return cluster.store
    .list(store, owner.metadata.namespace)
    .filter((object) => object.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid));
}

/** Records an `Event` about an object. */
export function emit(cluster: Cluster, about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
  const { name, namespace = "default", uid } = about.metadata;
  const now = timestamp(cluster.now());
  const mark = `${Date.now().toString(16)}${cluster.store.revision().toString(16)}`;
  createOwned(cluster, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${mark}`, namespace },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid },
    reason,
    message,
    type,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    source: { component: manager },
  });
}
