import type { KubeObject } from "../object.ts";
import { asObject } from "../object.ts";
import { isTree, numberAt, textAt, treeAt, type Tree } from "../tree.ts";

/** The `Scale` of a workload. */
export function scaleOf(object: KubeObject): Tree {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = treeAt(object, "spec", "selector", "matchLabels");
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, "spec", "replicas") ?? 0 },
    status: {
      replicas: numberAt(object, "status", "replicas") ?? 0,
      selector: Object.entries(labels)
        .map(([key, value]) => `${key}=${textAt({ value }, "value")}`)
        .join(","),
    },
  };
}

/** The workload with the replicas that a `Scale` says. */
export function withScale(object: KubeObject, scale: Tree): KubeObject {
  const spec = isTree(object["spec"]) ? object["spec"] : {};
  return asObject({ ...object, spec: { ...spec, replicas: numberAt(scale, "spec", "replicas") ?? spec["replicas"] } });
}
