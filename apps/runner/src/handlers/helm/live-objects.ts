import type { KubernetesObject } from "@berth/plan/kubernetes";
import { readPrinted, type Kubectl } from "../../cluster/kubectl.ts";
import { nameOnly } from "../../cluster/wait-ready.ts";
import type { HelmSpec } from "./helm.ts";

/** Finds the live ones of a release's objects, again and again; kinds that are not there yet are no error. */
export function liveObjects(kubectl: Kubectl, spec: HelmSpec, objects: readonly KubernetesObject[]): () => Promise<KubernetesObject[]> {
  if (objects.length === 0) return () => Promise.resolve([]);
  const file = kubectl.file(objects.map(nameOnly));
  return async () => {
    const run = await kubectl.run(["get", "-f", file, "--ignore-not-found", "--namespace", spec.namespace, "-o", "json"]);
    return readPrinted(run.stdout);
  };
}
