import { addressOf, type KubernetesObject } from "@berth/plan/kubernetes";
import type { Kubectl } from "./kubectl.ts";

type Tree = Record<string, unknown>;

const logLines = 20;
const detailLimit = 6000;

/** Why an object does not become ready, down to its pods: what their containers wait for, the last words of those that died, and the newest warnings. */
export async function explainUnready(input: {
  kubectl: Kubectl;
  object: KubernetesObject;
  namespace: string;
  why: string;
  /** How long was waited; absent where it failed by itself. */
  seconds: number | undefined;
  /** How many more are not ready. */
  others: number;
}): Promise<string> {
  const { kubectl, object, why, seconds } = input;
  const namespace = object.metadata.namespace ?? input.namespace;
  const others = input.others > 0 ? ` ${input.others} more ${input.others === 1 ? "object is" : "objects are"} not ready either.` : "";
  const lines = [
    seconds === undefined
      ? `${addressOf(object, namespace)} failed: ${why}.${others}`
      : `${addressOf(object, namespace)} is not ready after ${seconds} s: ${why}.${others}`,
  ];
  try {
    lines.push(...(await aboutPods(kubectl, await podsOf(kubectl, object, namespace), namespace)));
    lines.push(...(await warnings(kubectl, object, namespace)));
  } catch {
    // What is known already is told; a cluster that answers no more adds nothing.
  }
  return lines.join("\n").slice(0, detailLimit);
}

/** The pods of a workload; none of what has none. @throws JobFailure where they can't be listed */
export async function podsOf(kubectl: Kubectl, object: KubernetesObject, namespace: string): Promise<KubernetesObject[]> {
  const selector = asTree(asTree((object as Tree)["spec"])["selector"])["matchLabels"];
  const labels = object.kind === "Job" ? { "batch.kubernetes.io/job-name": object.metadata.name } : asTree(selector);
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${textOf(value)}`);
  if (texts.length === 0) return [];
  return await kubectl.objects(["get", "pods", "--selector", texts.join(","), "--namespace", namespace]);
}

async function aboutPods(kubectl: Kubectl, pods: readonly KubernetesObject[], namespace: string): Promise<string[]> {
  const lines: string[] = [];
  for (const pod of pods) {
    const troubles = containerTroubles(pod);
    if (troubles.length === 0 || lines.length > 10) continue;
    for (const { container, what, logs } of troubles) {
      lines.push(`Pod ${pod.metadata.name}, container ${container}: ${what}`);
      if (logs) lines.push(...(await lastWords(kubectl, { pod: pod.metadata.name, namespace, container, previous: logs === "previous" })));
    }
    await warnings(kubectl, pod, namespace).then((found) => lines.push(...found));
    break;
  }
  return lines;
}

/** What keeps the containers of a pod from running: what they wait for, or how they ended. */
export function containerTroubles(pod: KubernetesObject): { container: string; what: string; logs?: "current" | "previous" }[] {
  const status = asTree((pod as Tree)["status"]);
  const found: { container: string; what: string; logs?: "current" | "previous" }[] = [];
  const unschedulable = asList(status["conditions"])
    .map(asTree)
    .find((each) => each["type"] === "PodScheduled" && each["status"] === "False");
  if (unschedulable) found.push({ container: "(all)", what: `it can't be scheduled: ${textOf(unschedulable["message"])}` });
  for (const container of [...asList(status["initContainerStatuses"]), ...asList(status["containerStatuses"])].map(asTree)) {
    const name = textOf(container["name"]);
    const [state, last] = [asTree(container["state"]), asTree(container["lastState"])];
    const waiting = asTree(state["waiting"]);
    const ended = asTree(state["terminated"]);
    const before = asTree(last["terminated"]);
    if (typeof waiting["reason"] === "string" && waiting["reason"] !== "ContainerCreating" && waiting["reason"] !== "PodInitializing") {
      const crashed = waiting["reason"] === "CrashLoopBackOff";
      const exit = crashed && before["exitCode"] !== undefined ? ` (exit code ${textOf(before["exitCode"])})` : "";
      const message = typeof waiting["message"] === "string" ? `: ${waiting["message"]}` : "";
      found.push({ container: name, what: `${waiting["reason"]}${exit}${message}`, ...(crashed ? { logs: "previous" as const } : {}) });
    } else if (typeof ended["exitCode"] === "number" && ended["exitCode"] !== 0) {
      found.push({
        container: name,
        what: `${textOf(ended["reason"]) || "it ended"} with exit code ${ended["exitCode"]}`,
        logs: "current",
      });
    }
  }
  return found;
}

async function lastWords(
  kubectl: Kubectl,
  input: { pod: string; namespace: string; container: string; previous: boolean },
): Promise<string[]> {
  const { pod, namespace, container } = input;
  const args = ["logs", pod, "--namespace", namespace, "--container", container, `--tail=${logLines}`];
  const run = await kubectl.run(input.previous ? [...args, "--previous"] : args);
  const text = run.ok ? run.stdout.trimEnd() : "";
  return text === "" ? [] : ["Its last words:", ...text.split("\n").map((line) => `  ${line}`)];
}

async function warnings(kubectl: Kubectl, object: KubernetesObject, namespace: string): Promise<string[]> {
  const fields = `involvedObject.name=${object.metadata.name},involvedObject.kind=${object.kind},type=Warning`;
  const events = await kubectl.objects(["get", "events", "--field-selector", fields, "--namespace", namespace]);
  return events.slice(-3).map((event) => `Event: ${textOf((event as Tree)["reason"])}: ${textOf((event as Tree)["message"])}`);
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
