import type { Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import type { Cause } from "../status-error.ts";
import { selectorMatches, type LabelSelector } from "../selectors/label-selector.ts";
import { isTree, numberAt, textAt, treeAt, treesAt, type Tree } from "../tree.ts";
import { checkPodSpec, checkPort } from "./check-pod.ts";
import { checkSchema } from "./check-schema.ts";
import { checkNames, invalidValue, required } from "./names.ts";

/** What is wrong with an object, as a real server would say it, for the mistakes that people make. */
export function checkObject(kind: Kind, object: KubeObject): Cause[] {
  const causes = checkNames(kind.kind, kind.group, object.metadata);
  if (kind.schema) return [...causes, ...checkSchema(object, kind.schema)];
  const spec = treeAt(object, "spec");
  switch (`${kind.group}/${kind.kind}`) {
    case "/Pod":
      return [...causes, ...checkPodSpec(spec, "spec")];
    case "apps/Deployment":
    case "apps/StatefulSet":
    case "apps/DaemonSet":
    case "apps/ReplicaSet":
      return [...causes, ...checkSelector(spec), ...checkPodSpec(treeAt(spec, "template", "spec"), "spec.template.spec")];
    case "batch/Job":
      return [...causes, ...checkJob(spec, "spec")];
    case "batch/CronJob":
      if (textAt(spec, "schedule") === "") causes.push(required("spec.schedule"));
      return [...causes, ...checkJob(treeAt(spec, "jobTemplate", "spec"), "spec.jobTemplate.spec")];
    case "/Service":
      return [...causes, ...checkService(spec)];
    case "/ConfigMap":
    case "/Secret":
      return [...causes, ...checkKeys(treeAt(object, "data")), ...checkKeys(treeAt(object, "binaryData"), "binaryData")];
    case "/PersistentVolumeClaim":
      if (!Array.isArray(spec["accessModes"])) causes.push(required("spec.accessModes", "at least 1 access mode is required"));
      if (treeAt(spec, "resources", "requests")["storage"] === undefined) causes.push(required("spec.resources[storage]"));
      return causes;
    case "networking.k8s.io/Ingress":
      return [...causes, ...checkIngress(spec)];
    case "rbac.authorization.k8s.io/RoleBinding":
    case "rbac.authorization.k8s.io/ClusterRoleBinding":
      if (textAt(object, "roleRef", "name") === "") causes.push(required("roleRef.name"));
      return causes;
    case "apiextensions.k8s.io/CustomResourceDefinition": {
      const wanted = `${textAt(spec, "names", "plural")}.${textAt(spec, "group")}`;
      if (object.metadata.name !== wanted)
        causes.push(invalidValue("metadata.name", object.metadata.name, `must be spec.names.plural+"."+spec.group`));
      return causes;
    }
    default:
      return causes;
  }
}

function checkSelector(spec: Tree): Cause[] {
  if (!isTree(spec["selector"])) return [required("spec.selector")];
  const labels = treeAt(spec, "template", "metadata", "labels") as Record<string, string>;
  if (selectorMatches(spec["selector"] as LabelSelector, labels)) return [];
  return [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}

function checkJob(spec: Tree, path: string): Cause[] {
  const pod = treeAt(spec, "template", "spec");
  const causes = checkPodSpec(pod, `${path}.template.spec`);
  const policy = textAt(pod, "restartPolicy");
  if (policy !== "OnFailure" && policy !== "Never") {
    causes.push({
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "OnFailure", "Never"`,
      field: `${path}.template.spec.restartPolicy`,
    });
  }
  return causes;
}

function checkService(spec: Tree): Cause[] {
  const ports = treesAt(spec, "ports");
  if (ports.length === 0 && textAt(spec, "type") !== "ExternalName" && textAt(spec, "clusterIP") !== "None")
    return [required("spec.ports")];
  return ports.flatMap((port, index) => [
    ...checkPort(numberAt(port, "port"), `spec.ports[${index}].port`),
    ...(ports.length > 1 && textAt(port, "name") === "" ? [required(`spec.ports[${index}].name`)] : []),
  ]);
}

function checkKeys(data: Tree, field = "data"): Cause[] {
  return Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map((key) => invalidValue(`${field}[${key}]`, key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"));
}

function checkIngress(spec: Tree): Cause[] {
  return treesAt(spec, "rules").flatMap((rule, r) =>
    treesAt(rule, "http", "paths").flatMap((path, p) =>
      textAt(path, "pathType") === "" ? [required(`spec.rules[${r}].http.paths[${p}].pathType`, "pathType must be specified")] : [],
    ),
  );
}
