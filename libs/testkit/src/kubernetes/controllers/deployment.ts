import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { numberAt, same, textAt, treeAt, type Tree } from "../tree.ts";
import { withConditions } from "./condition.ts";
import type { Controller } from "./controller.ts";
import { nextScale } from "./rolling.ts";
import { templateHash } from "./template-hash.ts";
import { createOwned, ownedBy, write, writeStatus } from "./write.ts";

const revisionName = "deployment.kubernetes.io/revision";

/** Rolls pods over: a replica set per template, the old ones go when the new one is ready. */
export const reconcileDeployment: Controller = ({ cluster, again }, deployment) => {
  const wanted = numberAt(deployment, "spec", "replicas") ?? 1;
  const hash = templateHash(treeAt(deployment, "spec", "template"));
  const sets = ownedBy(cluster, "replicasets.apps", deployment);
  const revision = Math.max(0, ...sets.map(revisionOf));
  const name = `${deployment.metadata.name}-${hash}`;
  const old = sets.filter((set) => set.metadata.name !== name);
  const mine = sets.find((set) => set.metadata.name === name) ?? createSet(cluster, deployment, name, hash, revision + 1);
  if (!mine) return again(20);
  if (revisionOf(mine) < revision) write(cluster, mine, (next) => annotate(next, revision + 1));
  roll(cluster, deployment, mine, old, wanted);
  const now = ownedBy(cluster, "replicasets.apps", deployment);
  annotateDeployment(cluster, deployment, Math.max(...now.map(revisionOf)));
  report(cluster, deployment, mine, now, wanted, again);
};

function roll(cluster: Cluster, deployment: KubeObject, mine: KubeObject, old: KubeObject[], wanted: number): void {
  const sizes = (set: KubeObject): { replicas: number; ready: number } => ({
    replicas: numberAt(set, "spec", "replicas") ?? 0,
    ready: count(set, "readyReplicas"),
  });
  if (textAt(deployment, "spec", "strategy", "type") === "Recreate") {
    for (const set of old) scale(cluster, set, 0);
    if (old.every((set) => count(set, "replicas") === 0)) scale(cluster, mine, wanted);
    return;
  }
  const { maxSurge, maxUnavailable } = treeAt(deployment, "spec", "strategy", "rollingUpdate");
  const next = nextScale({ wanted, maxSurge, maxUnavailable, current: sizes(mine), old: old.map(sizes) });
  scale(cluster, mine, next.current);
  for (const [index, set] of old.entries()) scale(cluster, set, next.old[index] ?? 0);
}

function revisionOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[revisionName] ?? 0);
}

function annotate(object: KubeObject, revision: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [revisionName]: String(revision) };
}

function annotateDeployment(cluster: Cluster, deployment: KubeObject, revision: number): void {
  if (revisionOf(deployment) !== revision) write(cluster, deployment, (next) => annotate(next, revision));
}

function createSet(cluster: Cluster, deployment: KubeObject, name: string, hash: string, revision: number): KubeObject | undefined {
  const template = structuredClone(treeAt(deployment, "spec", "template"));
  const labels = { ...treeAt(template, "metadata", "labels"), "pod-template-hash": hash };
  const selector = treeAt(deployment, "spec", "selector");
  const body: Tree = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name, namespace: deployment.metadata.namespace, labels, annotations: { [revisionName]: String(revision) } },
    spec: {
      replicas: 0,
      selector: { ...selector, matchLabels: { ...treeAt(selector, "matchLabels"), "pod-template-hash": hash } },
      template: { ...template, metadata: { ...treeAt(template, "metadata"), labels } },
    },
  };
  return createOwned(cluster, body, deployment);
}

function scale(cluster: Cluster, set: KubeObject, replicas: number): void {
  if (numberAt(set, "spec", "replicas") === replicas) return;
  write(cluster, set, (next) => (next["spec"] = { ...treeAt(next, "spec"), replicas }));
}

function count(set: KubeObject, field: string): number {
  return numberAt(set, "status", field) ?? 0;
}

function report(
  cluster: Cluster,
  deployment: KubeObject,
  mine: KubeObject,
  sets: KubeObject[],
  wanted: number,
  again: (ms: number) => void,
): void {
  const sum = (field: string): number => sets.reduce((total, set) => total + count(set, field), 0);
  const updated = count(mine, "replicas");
  const available = sum("availableReplicas");
  const complete = updated === wanted && count(mine, "availableReplicas") === wanted && sum("replicas") === wanted;
  const left = deadlineOf(cluster, deployment, mine);
  if (!complete && left > 0) again(left);
  const progressing = complete
    ? {
        status: "True" as const,
        reason: "NewReplicaSetAvailable",
        message: `ReplicaSet "${mine.metadata.name}" has successfully progressed.`,
      }
    : left > 0
      ? { status: "True" as const, reason: "ReplicaSetUpdated", message: `ReplicaSet "${mine.metadata.name}" is progressing.` }
      : {
          status: "False" as const,
          reason: "ProgressDeadlineExceeded",
          message: `ReplicaSet "${mine.metadata.name}" has timed out progressing.`,
        };
  const enough = available >= Math.max(0, wanted - Math.floor(wanted / 4));
  const availability = enough
    ? { status: "True" as const, reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : { status: "False" as const, reason: "MinimumReplicasUnavailable", message: "Deployment does not have minimum availability." };
  const before = treeAt(deployment, "status");
  const status = {
    observedGeneration: deployment.metadata.generation,
    ...positive({ replicas: sum("replicas"), updatedReplicas: updated, readyReplicas: sum("readyReplicas"), availableReplicas: available }),
    ...positive({ unavailableReplicas: Math.max(0, wanted - available) }),
    conditions: withConditions(before, cluster.now(), { type: "Available", ...availability }, { type: "Progressing", ...progressing }),
  };
  if (!same(before, status)) writeStatus(cluster, deployment, status);
}

function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0));
}

/** Milliseconds until the deployment counts as stuck, from when its newest set last moved. */
function deadlineOf(cluster: Cluster, deployment: KubeObject, mine: KubeObject): number {
  const seconds = numberAt(deployment, "spec", "progressDeadlineSeconds") ?? 600;
  const key = `${mine.metadata.uid}/${count(mine, "readyReplicas")}/${numberAt(deployment, "spec", "replicas") ?? 1}`;
  const last = lastMoves(cluster).get(mine.metadata.uid);
  const known = last?.key === key ? last : { key, at: cluster.now().getTime() };
  lastMoves(cluster).set(mine.metadata.uid, known);
  return Math.max(0, known.at + seconds * cluster.behaviour.secondMs - cluster.now().getTime());
}

type Move = { key: string; at: number };
const moves = new WeakMap<Cluster, Map<string, Move>>();

function lastMoves(cluster: Cluster): Map<string, Move> {
  const known = moves.get(cluster) ?? new Map<string, Move>();
  moves.set(cluster, known);
  return known;
}
