import type { Cluster } from "../cluster.ts";
import { timestamp, type KubeObject } from "../object.ts";
import { isHeld } from "../switches.ts";
import { numberAt, same, textAt, treeAt, treesAt, type Tree } from "../tree.ts";
import { withConditions } from "./condition.ts";
import type { Controller } from "./controller.ts";
import { missingReference } from "./missing-reference.ts";
import { emit, write, writeStatus } from "./write.ts";

type Step = {
  phase: string;
  ready: boolean;
  state: (container: Tree) => Tree;
  restarts?: number;
  note?: { reason: string; message: string };
};

/** Plays scheduler and kubelet: puts a pod on the node, pulls, starts, ends. One step per look. */
export const reconcilePod: Controller = ({ cluster, again }, pod) => {
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed") return;
  if (textAt(pod, "spec", "nodeName") === "") {
    write(cluster, pod, (next) => (next["spec"] = { ...treeAt(next, "spec"), nodeName: "node-1" }));
    return;
  }
  const step = nextStep(cluster, pod);
  const status = statusOf(cluster, pod, step);
  if (same(treeAt(pod, "status"), status)) return;
  if (step.note && !same(treeAt(pod, "status", "containerStatuses"), status["containerStatuses"])) {
    emit(cluster, pod, "Warning", step.note.reason, step.note.message);
  }
  writeStatus(cluster, pod, status);
  // A pod that runs to its end was seen running before.
  if (step.phase === "Running" && !isLongLived(pod)) again(5);
};

function isLongLived(pod: KubeObject): boolean {
  return textAt(pod, "spec", "restartPolicy") === "Always";
}

function nextStep(cluster: Cluster, pod: KubeObject): Step {
  const containers = [...treesAt(pod, "spec", "initContainers"), ...treesAt(pod, "spec", "containers")];
  const waiting =
    (reason: string, message = ""): Step["state"] =>
    () => ({ waiting: { reason, ...(message !== "" && { message }) } });
  const bad = containers.find((container) => cluster.behaviour.badImage.test(textAt(container, "image")));
  if (bad) {
    const image = textAt(bad, "image");
    const message = `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image "${image}": not found`;
    return {
      phase: "Pending",
      ready: false,
      state: waiting("ImagePullBackOff", message),
      note: { reason: "Failed", message: `Failed to pull image "${image}": not found` },
    };
  }
  const missing = missingReference(cluster, pod);
  if (missing) {
    const reason = missing.mounted ? "ContainerCreating" : "CreateContainerConfigError";
    const note = { reason: missing.mounted ? "FailedMount" : "Failed", message: missing.message };
    return { phase: "Pending", ready: false, state: waiting(reason, missing.mounted ? "" : missing.message), note };
  }
  if (isPodHeld(cluster, pod))
    return {
      phase: isLongLived(pod) ? "Pending" : "Running",
      ready: false,
      state: isLongLived(pod) ? waiting("ContainerCreating") : running(cluster),
    };
  const code = Math.max(0, ...containers.map((container) => cluster.behaviour.exitCode(container, pod)));
  if (isLongLived(pod)) {
    if (code === 0) return { phase: "Running", ready: true, state: running(cluster) };
    const text = `back-off 5m0s restarting failed container in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid})`;
    return {
      phase: "Running",
      ready: false,
      state: waiting("CrashLoopBackOff", text),
      restarts: 3,
      note: { reason: "BackOff", message: text },
    };
  }
  if (textAt(pod, "status", "phase") !== "Running") return { phase: "Running", ready: true, state: running(cluster) };
  return { phase: code === 0 ? "Succeeded" : "Failed", ready: false, state: terminated(cluster, pod) };
}

function running(cluster: Cluster): Step["state"] {
  return () => ({ running: { startedAt: timestamp(cluster.now()) } });
}

function terminated(cluster: Cluster, pod: KubeObject): Step["state"] {
  return (container) => {
    const exitCode = cluster.behaviour.exitCode(container, pod);
    const finishedAt = timestamp(cluster.now());
    return {
      terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt: pod.metadata.creationTimestamp, finishedAt },
    };
  };
}

/** A pod is held by itself or by what it was made for. */
function isPodHeld(cluster: Cluster, pod: KubeObject): boolean {
  if (isHeld(cluster.switches, pod)) return true;
  return (pod.metadata.ownerReferences ?? []).some((owner) => {
    const named = {
      kind: owner.kind,
      metadata: { name: owner.name, ...(pod.metadata.namespace !== undefined && { namespace: pod.metadata.namespace }) },
    };
    if (isHeld(cluster.switches, named)) return true;
    if (owner.kind !== "ReplicaSet") return false;
    const set = cluster.store.get("replicasets.apps", `${pod.metadata.namespace ?? ""}/${owner.name}`);
    return (set?.metadata.ownerReferences ?? []).some((above) =>
      isHeld(cluster.switches, { ...named, kind: above.kind, metadata: { ...named.metadata, name: above.name } }),
    );
  });
}

function statusOf(cluster: Cluster, pod: KubeObject, step: Step): Tree {
  const before = treeAt(pod, "status");
  const ended = step.phase === "Succeeded" || step.phase === "Failed";
  const flag = (on: boolean): "True" | "False" => (on ? "True" : "False");
  const why = ended
    ? { reason: step.phase === "Succeeded" ? "PodCompleted" : "PodFailed" }
    : step.ready
      ? {}
      : { reason: "ContainersNotReady" };
  const known = treesAt(before, "containerStatuses");
  const containerStatuses = treesAt(pod, "spec", "containers").map((container) => {
    const name = textAt(container, "name");
    const state = step.state(container);
    const old = known.find((status) => status["name"] === name);
    // Running since when it began to.
    const kept = Object.keys(state)[0] === "running" && Object.keys(treeAt(old, "state"))[0] === "running" ? treeAt(old, "state") : state;
    const restartCount = step.restarts ?? numberAt(old, "restartCount") ?? 0;
    const lastState =
      step.restarts === undefined ? {} : { terminated: { exitCode: cluster.behaviour.exitCode(container, pod), reason: "Error" } };
    return { name, image: container["image"], imageID: "", ready: step.ready, started: step.ready, restartCount, state: kept, lastState };
  });
  return {
    ...before,
    phase: step.phase,
    hostIP: "10.0.0.1",
    startTime: textAt(before, "startTime") || timestamp(cluster.now()),
    ...(step.phase !== "Pending" && { podIP: textAt(before, "podIP") || "10.244.0.1" }),
    observedGeneration: pod.metadata.generation,
    conditions: withConditions(
      before,
      cluster.now(),
      { type: "PodScheduled", status: "True" },
      { type: "Initialized", status: "True" },
      { type: "ContainersReady", status: flag(step.ready), ...why },
      { type: "Ready", status: flag(step.ready), ...why },
    ),
    containerStatuses,
  };
}
