import type { KubernetesObject } from "@berth/plan/kubernetes";

/** Kinds in the order in which they are made: what others need comes first. Everything else goes between the two lists. */
const first = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "StorageClass",
  "ResourceQuota",
  "LimitRange",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Secret",
  "ConfigMap",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "Service",
  "NetworkPolicy",
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Job",
  "CronJob",
  "Ingress",
];
const last = [
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "APIService",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
];

/** Objects in the order in which they are applied; the way back is the order in which they are deleted. Stable for kinds of the same rank. */
export function inOrder<T extends Pick<KubernetesObject, "kind">>(objects: readonly T[]): T[] {
  return objects.toSorted((a, b) => rankOf(a.kind) - rankOf(b.kind));
}

function rankOf(kind: string): number {
  const early = first.indexOf(kind);
  if (early >= 0) return early;
  const late = last.indexOf(kind);
  return late >= 0 ? first.length + 1 + late : first.length;
}
