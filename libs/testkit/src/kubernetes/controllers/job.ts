import { timestamp, type KubeObject } from "../object.ts";
import { at, numberAt, textAt, treeAt, treesAt, type Tree } from "../tree.ts";
import { withConditions } from "./condition.ts";
import type { Controller, Look } from "./controller.ts";
import { createPod, isReady, phaseOf } from "./pods-of.ts";
import { ownedBy, removeOwned, writeStatus } from "./write.ts";

type Outcome = { type: "Complete" | "Failed"; reason: string; message: string };

/** Runs pods until enough have succeeded or too many have failed. */
export const reconcileJob: Controller = (look, job) => {
  const { cluster } = look;
  if (isFinished(job)) return expire(look, job);
  if (at(job, "spec", "suspend") === true) return suspend(look, job);
  const pods = ownedBy(cluster, "pods", job);
  const succeeded = pods.filter((pod) => phaseOf(pod) === "Succeeded").length;
  const failed = pods.filter((pod) => phaseOf(pod) === "Failed").length;
  const active = pods.length - succeeded - failed;
  const parallelism = numberAt(job, "spec", "parallelism") ?? 1;
  const completions = numberAt(job, "spec", "completions") ?? 1;
  const startTime = textAt(job, "status", "startTime") || timestamp(cluster.now());
  const outcome = outcomeOf(look, job, { succeeded, failed, completions });
  if (outcome?.type === "Failed") for (const pod of pods) if (!["Succeeded", "Failed"].includes(phaseOf(pod))) removeOwned(cluster, pod);
  for (let n = active; outcome === undefined && n < Math.min(parallelism, completions - succeeded); n++) {
    if (!createPod(cluster, job)) look.again(20);
  }
  const now = ownedBy(cluster, "pods", job).filter((pod) => !["Succeeded", "Failed"].includes(phaseOf(pod)));
  const status: Tree = {
    startTime,
    ...(now.length > 0 && { active: now.length }),
    ready: now.filter(isReady).length,
    terminating: 0,
    ...(succeeded > 0 && { succeeded }),
    ...(failed > 0 && { failed }),
    uncountedTerminatedPods: {},
  };
  if (outcome) Object.assign(status, finish(look, job, outcome));
  writeStatus(cluster, job, status);
};

function isFinished(job: KubeObject): boolean {
  return treesAt(job, "status", "conditions").some(
    (condition) => ["Complete", "Failed"].includes(String(condition["type"])) && condition["status"] === "True",
  );
}

function outcomeOf(look: Look, job: KubeObject, counts: { succeeded: number; failed: number; completions: number }): Outcome | undefined {
  if (counts.succeeded >= counts.completions) {
    return { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
  }
  if (counts.failed > (numberAt(job, "spec", "backoffLimit") ?? 6)) {
    return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const seconds = numberAt(job, "spec", "activeDeadlineSeconds");
  if (seconds === undefined) return undefined;
  const left = Date.parse(job.metadata.creationTimestamp) + seconds * look.cluster.behaviour.secondMs - look.cluster.now().getTime();
  if (left <= 0) return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  look.again(left);
  return undefined;
}

function finish({ cluster, again }: Look, job: KubeObject, outcome: Outcome): Tree {
  const { type, reason, message } = outcome;
  // What a real server sets on the way to the end.
  const before = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
  const ttl = numberAt(job, "spec", "ttlSecondsAfterFinished");
  if (ttl !== undefined) again(ttl * cluster.behaviour.secondMs);
  return {
    ready: 0,
    ...(type === "Complete" && { completionTime: timestamp(cluster.now()) }),
    conditions: withConditions(
      treeAt(job, "status"),
      cluster.now(),
      { type: before, status: "True", reason, message },
      { type, status: "True", reason, message },
    ),
  };
}

function expire({ cluster, again }: Look, job: KubeObject): void {
  const ttl = numberAt(job, "spec", "ttlSecondsAfterFinished");
  if (ttl === undefined) return;
  const done = treesAt(job, "status", "conditions").map((condition) => Date.parse(textAt(condition, "lastTransitionTime")));
  const left = Math.max(...done) + ttl * cluster.behaviour.secondMs - cluster.now().getTime();
  if (left > 0) again(left);
  else removeOwned(cluster, job);
}

function suspend({ cluster }: Look, job: KubeObject): void {
  for (const pod of ownedBy(cluster, "pods", job)) if (phaseOf(pod) !== "Succeeded") removeOwned(cluster, pod);
  const condition = { type: "Suspended", status: "True" as const, reason: "JobSuspended", message: "Job suspended" };
  writeStatus(cluster, job, { conditions: withConditions(treeAt(job, "status"), cluster.now(), condition) });
}
