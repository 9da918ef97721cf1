import type { Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import type { Cause } from "../status-error.ts";
import { at, same, textAt, treeAt, treesAt } from "../tree.ts";
import { forbiddenField, invalidValue } from "./names.ts";

const immutable = "field is immutable";
const setMayChange = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];
const setText =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** What of a change is not allowed: fields that can't change once an object is there. */
export function checkChange(kind: Kind, before: KubeObject, after: KubeObject): Cause[] {
  const changed = (...path: string[]): boolean => !same(at(before, ...path), at(after, ...path));
  const fixed = (...path: string[]): Cause[] =>
    changed(...path) ? [invalidValue(path.join("."), at(after, ...path) ?? null, immutable)] : [];
  switch (`${kind.group}/${kind.kind}`) {
    case "apps/Deployment":
    case "apps/DaemonSet":
    case "apps/ReplicaSet":
      return fixed("spec", "selector");
    case "apps/StatefulSet": {
      const rest = (object: KubeObject): unknown => Object.entries(treeAt(object, "spec")).filter(([name]) => !setMayChange.includes(name));
      return same(Object.fromEntries(rest(before) as []), Object.fromEntries(rest(after) as [])) ? [] : [forbiddenField("spec", setText)];
    }
    case "batch/Job":
      // A suspended job that has not started may still be changed.
      if (at(before, "spec", "suspend") === true && at(before, "status", "startTime") === undefined) return fixed("spec", "selector");
      return [
        ...fixed("spec", "completions"),
        ...fixed("spec", "selector"),
        ...fixed("spec", "template"),
        ...fixed("spec", "completionMode"),
      ];
    case "/Service":
      if (textAt(after, "spec", "type") === "ExternalName" || textAt(before, "spec", "type") === "ExternalName") return [];
      return changed("spec", "clusterIP")
        ? [invalidValue("spec.clusterIPs[0]", [textAt(after, "spec", "clusterIP")], "may not change once set")]
        : [];
    case "/ConfigMap":
    case "/Secret":
      return [...checkFrozen(before, after), ...(kind.kind === "Secret" ? fixed("type") : [])];
    case "/PersistentVolumeClaim": {
      const rest = (object: KubeObject): unknown => ({ ...treeAt(object, "spec"), resources: undefined, volumeName: undefined });
      const text = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
      return same(rest(before), rest(after)) ? [] : [forbiddenField("spec", text)];
    }
    case "rbac.authorization.k8s.io/RoleBinding":
    case "rbac.authorization.k8s.io/ClusterRoleBinding":
      return changed("roleRef") ? [invalidValue("roleRef", after["roleRef"], "cannot change roleRef")] : [];
    case "/Pod":
      return checkPodChange(before, after);
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return [...fixed("spec", "group"), ...fixed("spec", "scope"), ...fixed("spec", "names", "plural"), ...fixed("spec", "names", "kind")];
    default:
      return [];
  }
}

function checkFrozen(before: KubeObject, after: KubeObject): Cause[] {
  if (before["immutable"] !== true) return [];
  const text = "field is immutable when `immutable` is set";
  const fields = ["data", "binaryData"].filter((name) => !same(before[name], after[name]));
  return [...(after["immutable"] === true ? [] : ["immutable"]), ...fields].map((name) => forbiddenField(name, text));
}

function checkPodChange(before: KubeObject, after: KubeObject): Cause[] {
  const rest = (pod: KubeObject): unknown => {
    const { tolerations: _, activeDeadlineSeconds: __, nodeName: ___, terminationGracePeriodSeconds: ____, ...spec } = treeAt(pod, "spec");
    const anonymous = (list: string): unknown => treesAt(spec, list).map((container) => ({ ...container, image: "" }));
    return { ...spec, containers: anonymous("containers"), initContainers: anonymous("initContainers") };
  };
  const text =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  return same(rest(before), rest(after)) ? [] : [forbiddenField("spec", text)];
}
