import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { HelmSpec } from "./helm.ts";

/** An object with the marks that Helm adds to all it makes. */
export function withMarks(object: KubernetesObject, spec: HelmSpec): KubernetesObject {
  const { labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: { ...annotations, "meta.helm.sh/release-name": spec.releaseName, "meta.helm.sh/release-namespace": spec.namespace },
    },
  };
}
