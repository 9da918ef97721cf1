import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { isTree, textAt, treeAt, treesAt } from "../tree.ts";

/** A config map, secret or key that a pod needs and that is not there. `mounted`: as a volume, so the pod waits without an error. */
export function missingReference(cluster: Cluster, pod: KubeObject): { message: string; mounted: boolean } | undefined {
  const namespace = pod.metadata.namespace ?? "";
  const find = (store: "configmaps" | "secrets", name: string): KubeObject | undefined => cluster.store.get(store, `${namespace}/${name}`);
  const singular = { configmaps: "configmap", secrets: "secret" };
  const lacking = (
    store: "configmaps" | "secrets",
    source: unknown,
    nameField: string,
    mounted: boolean,
  ): { message: string; mounted: boolean } | undefined => {
    if (!isTree(source) || source["optional"] === true) return undefined;
    const name = textAt(source, nameField);
    const object = find(store, name);
    if (!object)
      return {
        message: mounted ? `MountVolume.SetUp failed: ${singular[store]} "${name}" not found` : `${singular[store]} "${name}" not found`,
        mounted,
      };
    const key = textAt(source, "key");
    const keys = { ...treeAt(object, "data"), ...treeAt(object, "binaryData") };
    if (key === "" || key in keys) return undefined;
    return { message: `couldn't find key ${key} in ${store === "secrets" ? "Secret" : "ConfigMap"} ${namespace}/${name}`, mounted };
  };
  for (const volume of treesAt(pod, "spec", "volumes")) {
    const found = lacking("configmaps", volume["configMap"], "name", true) ?? lacking("secrets", volume["secret"], "secretName", true);
    if (found) return found;
  }
  for (const container of [...treesAt(pod, "spec", "initContainers"), ...treesAt(pod, "spec", "containers")]) {
    for (const env of treesAt(container, "env")) {
      const from = treeAt(env, "valueFrom");
      const found =
        lacking("configmaps", from["configMapKeyRef"], "name", false) ?? lacking("secrets", from["secretKeyRef"], "name", false);
      if (found) return found;
    }
    for (const from of treesAt(container, "envFrom")) {
      const found = lacking("configmaps", from["configMapRef"], "name", false) ?? lacking("secrets", from["secretRef"], "name", false);
      if (found) return found;
    }
  }
  return undefined;
}
