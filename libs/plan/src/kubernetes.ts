import { isDeepStrictEqual } from "node:util";
import { maskBoth, pathsWithSecrets } from "./mask.ts";
import type { PlanObject } from "./model.ts";
import type { Path } from "./pointer.ts";

/** A Kubernetes object as it is read from YAML or from an API server. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> | null; labels?: Record<string, string> | null };
  [field: string]: unknown;
};

/** Kinds that belong to no namespace, of those that come with a cluster. */
const clusterScoped = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "StorageClass",
  "VolumeAttachment",
  "CSIDriver",
  "CSINode",
  "PriorityClass",
  "RuntimeClass",
  "IngressClass",
  "GatewayClass",
  "APIService",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "CertificateSigningRequest",
  "FlowSchema",
  "PriorityLevelConfiguration",
]);

/** What the server writes into `metadata`, and what changes without anybody's doing. */
const serverMetadata = new Set([
  "managedFields",
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "selfLink",
  "deletionGracePeriodSeconds",
]);
const noisyAnnotations = new Set(["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"]);

/** `Deployment web/api`, `ClusterRole reader`: how people name an object. */
export function addressOf(object: KubernetesObject, defaultNamespace: string): string {
  const { name, namespace } = object.metadata;
  return clusterScoped.has(object.kind) ? `${object.kind} ${name}` : `${object.kind} ${namespace ?? defaultNamespace}/${name}`;
}

/** What makes two objects the same one: group, kind, namespace and name. The version of the group does not. */
export function identityOf(object: KubernetesObject, defaultNamespace: string): string {
  const [group] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
  return `${group} ${addressOf(object, defaultNamespace)}`;
}

/** An object as its author wrote it: without status, without what the server notes down, with its namespace. */
export function withoutNoise(object: KubernetesObject, defaultNamespace: string): KubernetesObject {
  const { status: _status, ...rest } = object;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !noisyAnnotations.has(key));
  const labels = Object.entries(object.metadata.labels ?? {});
  const others = Object.entries(object.metadata).filter(([key]) => !serverMetadata.has(key) && key !== "annotations" && key !== "labels");
  const metadata = {
    ...(Object.fromEntries(others) as KubernetesObject["metadata"]),
    ...(clusterScoped.has(object.kind) ? {} : { namespace: object.metadata.namespace ?? defaultNamespace }),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
  };
  return { ...rest, metadata };
}

/**
 * Compares two sets of objects. Objects that are the same on both sides are left out. Values of Secrets, and texts that hold one of `secretTexts`, are masked.
 * @param input.replaced addresses of objects that are deleted and made again, with the reason
 */
export function kubernetesPlan(input: {
  before: readonly KubernetesObject[];
  after: readonly KubernetesObject[];
  defaultNamespace: string;
  secretTexts?: readonly string[];
  group?: "objects" | "hooks" | "drift";
  replaced?: ReadonlyMap<string, string>;
}): PlanObject[] {
  const { defaultNamespace } = input;
  const byIdentity = (objects: readonly KubernetesObject[]): Map<string, KubernetesObject> =>
    new Map(objects.map((object) => [identityOf(object, defaultNamespace), object]));
  const [before, after] = [byIdentity(input.before), byIdentity(input.after)];
  const found: PlanObject[] = [];
  for (const identity of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(identity), after.get(identity)];
    const any = now ?? old;
    if (!any) continue;
    const [cleanOld, cleanNow] = [old && withoutNoise(old, defaultNamespace), now && withoutNoise(now, defaultNamespace)];
    const address = addressOf(any, defaultNamespace);
    const why = input.replaced?.get(address);
    if (cleanOld && cleanNow && why === undefined && isDeepStrictEqual(cleanOld, cleanNow)) continue;
    const masked = maskBoth({
      before: cleanOld,
      after: cleanNow,
      paths: [cleanOld, cleanNow].flatMap((object) => sensitivePaths(object, input.secretTexts ?? [])),
    });
    found.push({
      address,
      group: input.group ?? "objects",
      action: !cleanOld ? "create" : !cleanNow ? "delete" : why === undefined ? "update" : "replace",
      type: `${any.apiVersion}/${any.kind}`,
      ...(why === undefined ? {} : { reason: why }),
      ...(masked.before === undefined ? {} : { before: masked.before }),
      ...(masked.after === undefined ? {} : { after: masked.after }),
      ...(masked.sensitive.length === 0 ? {} : { sensitive: masked.sensitive }),
    });
  }
  return found.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

function sensitivePaths(object: KubernetesObject | undefined, secretTexts: readonly string[]): Path[] {
  if (!object) return [];
  const paths = pathsWithSecrets(object, secretTexts);
  if (object.kind !== "Secret") return paths;
  for (const field of ["data", "stringData"]) {
    const values = object[field];
    if (typeof values === "object" && values !== null) paths.push(...Object.keys(values).map((key) => [field, key]));
  }
  return paths;
}
