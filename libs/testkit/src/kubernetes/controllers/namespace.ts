import { isHeld } from "../switches.ts";
import type { Controller } from "./controller.ts";
import { createOwned, kindOf, removeOwned } from "./write.ts";

/** Gives a namespace what each has, and empties one that is going away. */
export const reconcileNamespace: Controller = ({ cluster, again }, namespace) => {
  const { name } = namespace.metadata;
  if (namespace.metadata.deletionTimestamp === undefined) {
    createOwned(cluster, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: name } });
    const metadata = { name: "kube-root-ca.crt", namespace: name };
    createOwned(cluster, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": "test" } });
    return;
  }
  if (isHeld(cluster.switches, namespace)) return again(20);
  const contents = cluster.store.everything().filter(({ object }) => object.metadata.namespace === name);
  for (const { object } of contents) if (cluster.kinds.byObject(object)) removeOwned(cluster, object);
  const left = cluster.store.everything().filter(({ object }) => object.metadata.namespace === name && kindOf(cluster, object));
  // What has finalizers stays until whoever put them there is done.
  if (left.length > 0) return again(20);
  cluster.store.remove("namespaces", `/${name}`);
};
