import { metaTypes } from "../schema/meta-types.ts";
import { otherTypes } from "../schema/other-types.ts";
import { podTypes } from "../schema/pod-types.ts";
import { readTypes, type TypeTable } from "../schema/read-types.ts";
import { workloadTypes } from "../schema/workload-types.ts";
import type { Kind } from "./kind.ts";

/** kind, plural, short names, `ns` or `cluster`, subresources, fields beside apiVersion, kind and metadata */
type Row = readonly [string, string, string, "ns" | "cluster", string, ...string[]];

const groups: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ["Namespace", "namespaces", "ns", "cluster", "status finalize", "spec: NamespaceSpec", "status: NamespaceStatus"],
    ["Node", "nodes", "no", "cluster", "status", "spec: NodeSpec", "status: NodeStatus"],
    ["Pod", "pods", "po", "ns", "status log", "spec: PodSpec", "status: PodStatus"],
    ["PodTemplate", "podtemplates", "", "ns", "", "template: PodTemplateSpec"],
    ["Service", "services", "svc", "ns", "status", "spec: ServiceSpec", "status: ServiceStatus"],
    ["ConfigMap", "configmaps", "cm", "ns", "", "data binaryData: {}string", "immutable: boolean"],
    ["Secret", "secrets", "", "ns", "", "data stringData: {}string", "type: string", "immutable: boolean"],
    [
      "ServiceAccount",
      "serviceaccounts",
      "sa",
      "ns",
      "token",
      "secrets: [name]ObjectReference",
      "imagePullSecrets: []LocalObjectReference",
      "automountServiceAccountToken: boolean",
    ],
    ["PersistentVolumeClaim", "persistentvolumeclaims", "pvc", "ns", "status", "spec: ClaimSpec", "status: ClaimStatus"],
    ["PersistentVolume", "persistentvolumes", "pv", "cluster", "status", "spec status: any"],
    ["Endpoints", "endpoints", "ep", "ns", "", "subsets: []any"],
    [
      "Event",
      "events",
      "ev",
      "ns",
      "",
      "involvedObject source series related: any",
      "reason message type firstTimestamp lastTimestamp eventTime action reportingComponent reportingInstance: string",
      "count: integer",
    ],
    ["ResourceQuota", "resourcequotas", "quota", "ns", "status", "spec: QuotaSpec", "status: QuotaStatus"],
    ["LimitRange", "limitranges", "limits", "ns", "", "spec: LimitRangeSpec"],
    ["ReplicationController", "replicationcontrollers", "rc", "ns", "status scale", "spec status: any"],
  ],
  "apps/v1": [
    ["Deployment", "deployments", "deploy", "ns", "status scale", "spec: DeploymentSpec", "status: WorkloadStatus"],
    ["StatefulSet", "statefulsets", "sts", "ns", "status scale", "spec: StatefulSetSpec", "status: WorkloadStatus"],
    ["DaemonSet", "daemonsets", "ds", "ns", "status", "spec: DaemonSetSpec", "status: WorkloadStatus"],
    ["ReplicaSet", "replicasets", "rs", "ns", "status scale", "spec: ReplicaSetSpec", "status: WorkloadStatus"],
    ["ControllerRevision", "controllerrevisions", "", "ns", "", "data: any", "revision: integer"],
  ],
  "batch/v1": [
    ["Job", "jobs", "", "ns", "status", "spec: JobSpec", "status: JobStatus"],
    ["CronJob", "cronjobs", "cj", "ns", "status", "spec: CronJobSpec", "status: any"],
  ],
  "networking.k8s.io/v1": [
    ["Ingress", "ingresses", "ing", "ns", "status", "spec: IngressSpec", "status: any"],
    ["IngressClass", "ingressclasses", "", "cluster", "", "spec: any"],
    ["NetworkPolicy", "networkpolicies", "netpol", "ns", "", "spec: NetworkPolicySpec"],
  ],
  "rbac.authorization.k8s.io/v1": [
    ["Role", "roles", "", "ns", "", "rules: []PolicyRule"],
    ["RoleBinding", "rolebindings", "", "ns", "", "roleRef: RoleRef!", "subjects: []Subject"],
    ["ClusterRole", "clusterroles", "", "cluster", "", "rules: []PolicyRule", "aggregationRule: AggregationRule"],
    ["ClusterRoleBinding", "clusterrolebindings", "", "cluster", "", "roleRef: RoleRef!", "subjects: []Subject"],
  ],
  "policy/v1": [
    ["PodDisruptionBudget", "poddisruptionbudgets", "pdb", "ns", "status", "spec: DisruptionBudgetSpec", "status: DisruptionBudgetStatus"],
  ],
  "autoscaling/v2": [
    ["HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", "ns", "status", "spec: AutoscalerSpec", "status: AutoscalerStatus"],
  ],
  "apiextensions.k8s.io/v1": [
    [
      "CustomResourceDefinition",
      "customresourcedefinitions",
      "crd crds",
      "cluster",
      "status",
      "spec: DefinitionSpec",
      "status: DefinitionStatus",
    ],
  ],
  "coordination.k8s.io/v1": [["Lease", "leases", "", "ns", "", "spec: LeaseSpec"]],
  "discovery.k8s.io/v1": [["EndpointSlice", "endpointslices", "", "ns", "", "addressType: string", "endpoints ports: []any"]],
  "storage.k8s.io/v1": [
    [
      "StorageClass",
      "storageclasses",
      "sc",
      "cluster",
      "",
      "provisioner reclaimPolicy volumeBindingMode: string",
      "parameters: {}string",
      "mountOptions: []string",
      "allowVolumeExpansion: boolean",
      "allowedTopologies: []any",
    ],
  ],
  "scheduling.k8s.io/v1": [
    [
      "PriorityClass",
      "priorityclasses",
      "pc",
      "cluster",
      "",
      "value: integer",
      "globalDefault: boolean",
      "description preemptionPolicy: string",
    ],
  ],
  "admissionregistration.k8s.io/v1": [
    ["MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "", "cluster", "", "webhooks: [name]any"],
    ["ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "", "cluster", "", "webhooks: [name]any"],
  ],
};

const inAll = "pods services daemonsets deployments replicasets statefulsets jobs cronjobs horizontalpodautoscalers";
const uncounted =
  "namespaces nodes services configmaps secrets serviceaccounts persistentvolumeclaims events roles rolebindings clusterroles";

/** The kinds that are served without a definition. */
export function builtInKinds(): Kind[] {
  const types: Record<string, readonly string[]> = { ...metaTypes, ...podTypes, ...workloadTypes, ...otherTypes };
  const kinds: Omit<Kind, "shape">[] = [];
  for (const [apiVersion, rows] of Object.entries(groups)) {
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    for (const [kind, plural, shortNames, scope, subresources, ...fields] of rows) {
      types[kind] ??= ["apiVersion kind: string", "metadata: ObjectMeta", ...fields];
      kinds.push({
        group,
        version,
        kind,
        plural,
        singular: kind.toLowerCase(),
        shortNames: shortNames.split(" ").filter(Boolean),
        categories: inAll.split(" ").includes(plural) ? ["all"] : [],
        namespaced: scope === "ns",
        custom: false,
        subresources: subresources.split(" ").filter(Boolean),
        counted: fields.some((field) => /\bspec\b/.test(field)) && !uncounted.split(" ").includes(plural),
      });
    }
  }
  const read = readTypes(types satisfies TypeTable);
  return kinds.map((kind) => ({ ...kind, shape: read(kind.kind) }));
}
