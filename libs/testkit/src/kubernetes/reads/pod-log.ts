import type { ServerResponse } from "node:http";
import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { badRequest } from "../status-error.ts";
import { textAt, treeAt, treesAt, type Tree } from "../tree.ts";

/** Answers what a container has printed; with `follow`, until the pod has ended. @throws StatusError 400 */
export function podLog(cluster: Cluster, pod: KubeObject, query: URLSearchParams, response: ServerResponse): void {
  const container = chosen(pod, query.get("container"));
  const name = textAt(container, "name");
  const waiting = textAt(statusOf(pod, name), "state", "waiting", "reason");
  if (waiting !== "" && waiting !== "CrashLoopBackOff") {
    const why =
      waiting === "ContainerCreating" || waiting === "PodInitializing"
        ? "is waiting to start"
        : "is waiting to start: trying and failing to pull image";
    throw badRequest(`container "${name}" in pod "${pod.metadata.name}" ${why}${waiting === "ContainerCreating" ? `: ${waiting}` : ""}`);
  }
  const all = cluster.behaviour.logs(container, pod);
  const lines = all === "" ? [] : all.replace(/\n$/, "").split("\n");
  const tail = query.get("tailLines");
  const shown = tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  const stamp = query.get("timestamps") === "true" ? `${cluster.now().toISOString()} ` : "";
  response.writeHead(200, { "content-type": "text/plain" });
  response.write(shown.map((line) => `${stamp}${line}\n`).join(""));
  if (query.get("follow") !== "true" || hasEnded(cluster, pod)) return void response.end();
  const stop = cluster.store.listen((event) => {
    if (event.store === "pods" && event.object.metadata.uid === pod.metadata.uid && hasEnded(cluster, pod)) response.end();
  });
  response.on("close", stop);
}

function chosen(pod: KubeObject, name: string | null): Tree {
  const containers = treesAt(pod, "spec", "containers");
  const all = [...containers, ...treesAt(pod, "spec", "initContainers")];
  const names = containers.map((container) => textAt(container, "name"));
  if (name === null && containers.length > 1) {
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(" ")}]`);
  }
  const found = name === null || name === "" ? containers[0] : all.find((container) => container["name"] === name);
  if (!found) throw badRequest(`container ${name} is not valid for pod ${pod.metadata.name}`);
  return found;
}

function statusOf(pod: KubeObject, name: string): Tree {
  return treesAt(pod, "status", "containerStatuses").find((status) => status["name"] === name) ?? treeAt(undefined);
}

function hasEnded(cluster: Cluster, pod: KubeObject): boolean {
  const now = cluster.store.get("pods", `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`);
  if (!now || now.metadata.uid !== pod.metadata.uid) return true;
  return ["Succeeded", "Failed"].includes(textAt(now, "status", "phase"));
}
