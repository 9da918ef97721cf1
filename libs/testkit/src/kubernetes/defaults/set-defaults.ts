import type { Kind } from "../kinds/kind.ts";
import { setSchemaDefaults } from "../validate/check-schema.ts";
import type { KubeObject } from "../object.ts";
import type { Store } from "../store.ts";
import { isTree, setDefault, treeAt, treesAt } from "../tree.ts";
import { setAutoscalerDefaults, setDefinitionDefaults, setNetworkPolicyDefaults, setServiceDefaults } from "./network-defaults.ts";
import { setPodDefaults } from "./pod-defaults.ts";
import { workloadDefaults } from "./workload-defaults.ts";

const rbac = "rbac.authorization.k8s.io";

/** Fills in what a server fills in, so that applying the same again changes nothing. Changes the object in place. */
export function setDefaults(input: { object: KubeObject; before: KubeObject | undefined; kind: Kind; store: Store }): void {
  const { object, kind } = input;
  if (kind.schema) return setSchemaDefaults(object, kind.schema);
  const spec = isTree(object["spec"]) ? object["spec"] : undefined;
  switch (`${kind.group}/${object.kind}`) {
    case "/Namespace":
      object["spec"] = { finalizers: ["kubernetes"], ...spec };
      setDefault(object, "status", { phase: "Active" });
      object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name };
      return;
    case "/Secret":
      return setSecretDefaults(object);
    case "/Pod":
      if (!spec) return;
      setDefault(spec, "serviceAccountName", "default");
      setDefault(spec, "enableServiceLinks", true);
      setDefault(object, "status", { phase: "Pending", qosClass: "BestEffort" });
      return setPodDefaults(spec);
    case "/Service":
      if (!spec) return;
      setDefault(object, "status", { loadBalancer: {} });
      return setServiceDefaults(spec, isTree(input.before?.["spec"]) ? input.before["spec"] : undefined, input.store);
    case "/PersistentVolumeClaim":
      if (!spec) return;
      setDefault(spec, "volumeMode", "Filesystem");
      setDefault(spec, "storageClassName", "standard");
      if (treeAt(input.before, "spec")["volumeName"] !== undefined)
        setDefault(spec, "volumeName", treeAt(input.before, "spec")["volumeName"]);
      setDefault(object, "status", { phase: "Pending" });
      return;
    case "networking.k8s.io/NetworkPolicy":
      return spec && setNetworkPolicyDefaults(spec);
    case "networking.k8s.io/Ingress":
      return setDefault(object, "status", { loadBalancer: {} });
    case "autoscaling/HorizontalPodAutoscaler":
      return spec && setAutoscalerDefaults(spec);
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return spec && setDefinitionDefaults(spec);
    case `${rbac}/RoleBinding`:
    case `${rbac}/ClusterRoleBinding`:
      setDefault(treeAt(object, "roleRef"), "apiGroup", rbac);
      for (const subject of treesAt(object, "subjects")) if (subject["kind"] !== "ServiceAccount") setDefault(subject, "apiGroup", rbac);
      return;
    case "storage.k8s.io/StorageClass":
      setDefault(object, "reclaimPolicy", "Delete");
      return setDefault(object, "volumeBindingMode", "Immediate");
    case "scheduling.k8s.io/PriorityClass":
      return setDefault(object, "preemptionPolicy", "PreemptLowerPriority");
    default: {
      if (!spec || (kind.group !== "apps" && kind.group !== "batch")) return;
      workloadDefaults[object.kind]?.(spec, object);
      setDefault(object, "status", {});
    }
  }
}

function setSecretDefaults(object: KubeObject): void {
  setDefault(object, "type", "Opaque");
  const plain = treeAt(object, "stringData");
  const encoded = Object.entries(plain).map(([name, value]) => [name, Buffer.from(String(value)).toString("base64")]);
  delete object["stringData"];
  if (encoded.length > 0) object["data"] = { ...treeAt(object, "data"), ...(Object.fromEntries(encoded) as Record<string, string>) };
}
