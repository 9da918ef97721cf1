import type { KubernetesObject } from "@berth/plan/kubernetes";

/** Whether an object is what it is meant to be: `ready`, on the way, or failed for good; the last two say why. */
export type Verdict = { state: "ready" } | { state: "waiting" | "failed"; why: string };

const ready: Verdict = { state: "ready" };
const waiting = (why: string): Verdict => ({ state: "waiting", why });
const failedFor = (why: string): Verdict => ({ state: "failed", why });

/**
 * Judges a live object by its status, as Kubernetes' own conventions say (sigs.k8s.io/cli-utils, kstatus): a status older than the object's generation does
 * not count; kinds without a status are ready as soon as they exist.
 */
export function verdictOf(object: KubernetesObject): Verdict {
  const tree = object as Tree;
  const status = asTree(tree["status"]);
  const spec = asTree(tree["spec"]);
  const generation = asTree(tree["metadata"])["generation"];
  const observed = status["observedGeneration"];
  if (asTree(tree["metadata"])["deletionTimestamp"] !== undefined) return waiting("it is being deleted");
  if (typeof generation === "number" && typeof observed === "number" && observed < generation)
    return waiting("its controller has not seen the change yet");
  const judge = judges[object.kind];
  return judge ? judge(spec, status) : byConditions(status);
}

type Tree = Record<string, unknown>;

const judges: Readonly<Record<string, (spec: Tree, status: Tree) => Verdict>> = {
  Deployment(spec, status) {
    const progressing = condition(status, "Progressing");
    if (progressing?.reason === "ProgressDeadlineExceeded") return failedFor(progressing.message ?? "it does not progress");
    const wanted = count(spec["replicas"], 1);
    const [updated, total, available] = [count(status["updatedReplicas"]), count(status["replicas"]), count(status["availableReplicas"])];
    if (status["observedGeneration"] === undefined) return waiting("its controller has not seen it yet");
    if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are of the new version`);
    if (total > updated) return waiting(`${total - updated} replicas of the old version are still there`);
    if (available < updated) return waiting(`${available} of ${updated} replicas are available`);
    return ready;
  },
  StatefulSet(spec, status) {
    const wanted = count(spec["replicas"], 1);
    if (asTree(spec["updateStrategy"])["type"] === "OnDelete") return ready;
    const [readyNow, updated] = [count(status["readyReplicas"]), count(status["updatedReplicas"], count(status["readyReplicas"]))];
    if (readyNow < wanted) return waiting(`${readyNow} of ${wanted} replicas are ready`);
    const partition = count(asTree(asTree(spec["updateStrategy"])["rollingUpdate"])["partition"]);
    if (updated < wanted - partition) return waiting(`${updated} of ${wanted - partition} replicas are of the new version`);
    return ready;
  },
  DaemonSet(spec, status) {
    if (asTree(spec["updateStrategy"])["type"] === "OnDelete") return ready;
    if (status["observedGeneration"] === undefined) return waiting("its controller has not seen it yet");
    const wanted = count(status["desiredNumberScheduled"]);
    const [updated, available] = [count(status["updatedNumberScheduled"]), count(status["numberAvailable"])];
    if (updated < wanted) return waiting(`${updated} of ${wanted} nodes have the new version`);
    if (available < wanted) return waiting(`${available} of ${wanted} nodes have it available`);
    return ready;
  },
  ReplicaSet(spec, status) {
    const wanted = count(spec["replicas"], 1);
    const now = count(status["availableReplicas"]);
    return now < wanted ? waiting(`${now} of ${wanted} replicas are available`) : ready;
  },
  Job(_spec, status) {
    const bad = condition(status, "Failed") ?? condition(status, "FailureTarget");
    if (bad?.status === "True") return failedFor([bad.reason, bad.message].filter(Boolean).join(": ") || "it failed");
    return condition(status, "Complete")?.status === "True" ? ready : waiting("it has not completed yet");
  },
  Pod(_spec, status) {
    const phase = status["phase"];
    if (phase === "Failed") return failedFor([status["message"], status["reason"]].find((text) => typeof text === "string") ?? "it failed");
    if (phase === "Succeeded") return ready;
    return condition(status, "Ready")?.status === "True"
      ? ready
      : waiting(`it is ${typeof phase === "string" ? phase.toLowerCase() : "not there yet"}`);
  },
  PersistentVolumeClaim(_spec, status) {
    const phase = status["phase"];
    if (phase === "Lost") return failedFor("its volume is lost");
    return phase === "Bound" ? ready : waiting("it is not bound to a volume");
  },
  Service(spec, status) {
    if (spec["type"] !== "LoadBalancer") return ready;
    const list = asTree(status["loadBalancer"])["ingress"];
    return Array.isArray(list) && list.length > 0 ? ready : waiting("its load balancer has no address yet");
  },
  Namespace: (_spec, status) => (status["phase"] === "Terminating" ? waiting("it is being deleted") : ready),
  CustomResourceDefinition: (_spec, status) =>
    condition(status, "Established")?.status === "True"
      ? ready
      : waiting(condition(status, "NamesAccepted")?.message ?? "it is not established yet"),
  // A claim that waits for its first consumer, an autoscaler without metrics: no reason to wait for them.
  HorizontalPodAutoscaler: () => ready,
  PodDisruptionBudget: () => ready,
  Ingress: () => ready,
  CronJob: () => ready,
};

/** Custom resources, by what their authors usually say: `Ready`, else nothing that is `Reconciling` or `Stalled`. */
function byConditions(status: Tree): Verdict {
  const stalled = condition(status, "Stalled");
  if (stalled?.status === "True") return failedFor(stalled.message ?? "it is stalled");
  const main = condition(status, "Ready");
  if (main && main.status !== "True") return waiting(main.message ?? main.reason ?? "it is not ready");
  const busy = condition(status, "Reconciling");
  return busy?.status === "True" ? waiting(busy.message ?? "it is being reconciled") : ready;
}

type Condition = { type: string; status: string; reason?: string; message?: string };

function condition(status: Tree, type: string): Condition | undefined {
  const list = status["conditions"];
  return Array.isArray(list) ? (list as Condition[]).find((each) => each?.type === type) : undefined;
}

function count(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}
