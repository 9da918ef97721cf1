import { addressOf, identityOf, type KubernetesObject } from "@berth/plan/kubernetes";
import { verdictOf } from "./readiness.ts";

/** An object that is not as it is meant to be. `degraded`: some of what it runs does its work all the same. */
export type Trouble = {
  status: "degraded" | "unhealthy";
  address: string;
  why: string;
  /** As it is; absent where it is not there. */
  live?: KubernetesObject;
};

/**
 * What is wrong with the objects that a component has made, the worst first. The rules are those that a deploy waits by; but what runs with fewer replicas than it wants,
 * or is still bringing up new ones, is only degraded while some are ready. Pure.
 */
export function troublesOf(made: readonly KubernetesObject[], live: readonly KubernetesObject[], namespace: string): Trouble[] {
  const now = new Map(live.map((object) => [identityOf(object, namespace), object]));
  const troubles = made.flatMap((object) => {
    const address = addressOf(object, namespace);
    const found = now.get(identityOf(object, namespace));
    if (found) return troubleOf(found, address);
    // One that has ended may be cleared away by its time to live.
    return object.kind === "Job" ? [] : [{ status: "unhealthy" as const, address, why: "it is not there any more" }];
  });
  return troubles.toSorted((a, b) => rank(a) - rank(b));
}

/** What tells most comes first: of what is as bad, that whose pods may say why. */
function rank({ status, live }: Trouble): number {
  return (status === "unhealthy" ? 0 : 2) + (live && replicasOf(live) ? 0 : 1);
}

function troubleOf(live: KubernetesObject, address: string): Trouble[] {
  const verdict = verdictOf(live);
  const replicas = replicasOf(live);
  if (replicas && replicas.ready < replicas.wanted) {
    const why = `${replicas.ready} of ${replicas.wanted} ready`;
    return [{ status: replicas.ready > 0 ? "degraded" : "unhealthy", address, why, live }];
  }
  // One that runs has nothing wrong with it.
  if (verdict.state === "ready" || (live.kind === "Job" && verdict.state === "waiting")) return [];
  return [{ status: replicas && replicas.ready > 0 ? "degraded" : "unhealthy", address, why: verdict.why, live }];
}

/** How many replicas a workload wants, and how many do their work. */
function replicasOf(object: KubernetesObject): { wanted: number; ready: number } | undefined {
  const spec = asTree(object["spec"]);
  const status = asTree(object["status"]);
  switch (object.kind) {
    case "Deployment":
    case "ReplicaSet":
      return { wanted: count(spec["replicas"], 1), ready: count(status["availableReplicas"]) };
    case "StatefulSet":
      return { wanted: count(spec["replicas"], 1), ready: count(status["readyReplicas"]) };
    case "DaemonSet":
      return { wanted: count(status["desiredNumberScheduled"]), ready: count(status["numberAvailable"]) };
    default:
      return undefined;
  }
}

function count(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}

function asTree(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
