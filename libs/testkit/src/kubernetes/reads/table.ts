import type { Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import { at, isTree, listAt, numberAt, textAt, treeAt, treesAt, type Tree } from "../tree.ts";

type Cell = string | number;
type Column = { name: string; type: string; cell: (object: KubeObject) => Cell };

const ready = (object: KubeObject): Cell =>
  `${numberAt(object, "status", "readyReplicas") ?? 0}/${numberAt(object, "spec", "replicas") ?? 0}`;
const count = (...path: string[]): ((object: KubeObject) => Cell) => {
  return (object) => numberAt(object, ...path) ?? 0;
};
const text = (...path: string[]): ((object: KubeObject) => Cell) => {
  return (object) => textAt(object, ...path);
};
const entries = (object: KubeObject): Cell => Object.keys(treeAt(object, "data")).length;
const column = (name: string, cell: (object: KubeObject) => Cell, type = "string"): Column => ({ name, type, cell });

const columnsOf: Readonly<Record<string, Column[]>> = {
  pods: [column("Ready", podReady), column("Status", podStatus), column("Restarts", podRestarts, "integer")],
  deployments: [
    column("Ready", ready),
    column("Up-to-date", count("status", "updatedReplicas"), "integer"),
    column("Available", count("status", "availableReplicas"), "integer"),
  ],
  statefulsets: [column("Ready", ready)],
  replicasets: [
    column("Desired", count("spec", "replicas"), "integer"),
    column("Current", count("status", "replicas"), "integer"),
    column("Ready", count("status", "readyReplicas"), "integer"),
  ],
  daemonsets: [
    column("Desired", count("status", "desiredNumberScheduled"), "integer"),
    column("Ready", count("status", "numberReady"), "integer"),
  ],
  jobs: [
    column("Status", jobStatus),
    column("Completions", (job) => `${numberAt(job, "status", "succeeded") ?? 0}/${numberAt(job, "spec", "completions") ?? 1}`),
  ],
  cronjobs: [column("Schedule", text("spec", "schedule")), column("Suspend", (job) => String(at(job, "spec", "suspend") === true))],
  services: [
    column("Type", text("spec", "type")),
    column("Cluster-IP", text("spec", "clusterIP")),
    column("Port(s)", (service) =>
      treesAt(service, "spec", "ports")
        .map((port) => `${String(port["port"])}/${String(port["protocol"])}`)
        .join(","),
    ),
  ],
  namespaces: [column("Status", text("status", "phase"))],
  configmaps: [column("Data", entries, "integer")],
  secrets: [column("Type", text("type")), column("Data", entries, "integer")],
  persistentvolumeclaims: [column("Status", text("status", "phase")), column("Volume", text("spec", "volumeName"))],
  ingresses: [
    column("Class", text("spec", "ingressClassName")),
    column("Hosts", (ingress) =>
      treesAt(ingress, "spec", "rules")
        .map((rule) => textAt(rule, "host"))
        .join(","),
    ),
  ],
  customresourcedefinitions: [column("Created At", text("metadata", "creationTimestamp"), "date")],
};

/** A printed table as `kubectl get` asks for, with the columns that people know of the common kinds. */
export function tableOf(kind: Kind, objects: readonly KubeObject[], metadata: Tree, now: Date): Tree {
  const own = kind.columns?.map((wanted) => column(wanted.name, (object) => jsonPath(object, wanted.jsonPath), wanted.type));
  const columns = [
    column("Name", (object) => object.metadata.name),
    ...(own ?? columnsOf[kind.plural] ?? []),
    ...(own?.some((wanted) => wanted.name === "Age") ? [] : [column("Age", (object) => age(object, now))]),
  ];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, type }) => ({
      name,
      type,
      format: name === "Name" ? "name" : "",
      description: name,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object)),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

function age(object: KubeObject, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(object.metadata.creationTimestamp)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3600)}h`;
}

function jsonPath(object: KubeObject, path: string): Cell {
  let here: unknown = object;
  for (const part of path.replace(/^\./, "").split(".")) {
    const [, name = part, index] = /^(.*)\[(\d+)\]$/.exec(part) ?? [];
    here = isTree(here) ? here[name] : undefined;
    if (index !== undefined) here = Array.isArray(here) ? here[Number(index)] : undefined;
  }
  return typeof here === "number" || typeof here === "string" ? here : here === undefined ? "" : JSON.stringify(here);
}

function podReady(pod: KubeObject): Cell {
  const statuses = treesAt(pod, "status", "containerStatuses");
  return `${statuses.filter((status) => status["ready"] === true).length}/${listAt(pod, "spec", "containers").length}`;
}

function podRestarts(pod: KubeObject): Cell {
  return treesAt(pod, "status", "containerStatuses").reduce((sum, status) => sum + (numberAt(status, "restartCount") ?? 0), 0);
}

function podStatus(pod: KubeObject): Cell {
  const states = treesAt(pod, "status", "containerStatuses").map((status) => treeAt(status, "state"));
  const reasons = states.map((state) => textAt(state, "waiting", "reason") || textAt(state, "terminated", "reason"));
  return reasons.find((reason) => reason !== "") ?? textAt(pod, "status", "phase");
}

function jobStatus(job: KubeObject): Cell {
  const done = treesAt(job, "status", "conditions").find((condition) => condition["status"] === "True");
  return done === undefined ? "Running" : textAt(done, "type");
}
