import { randomBytes } from "node:crypto";
import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { textAt, treeAt, treesAt } from "../tree.ts";
import { createOwned } from "./write.ts";

/** Creates a pod of a workload's template. `name` may be left to chance. */
export function createPod(
  cluster: Cluster,
  owner: KubeObject,
  input: { name?: string; labels?: Record<string, string> } = {},
): KubeObject | undefined {
  const template = structuredClone(treeAt(owner, "spec", "template"));
  const metadata = treeAt(template, "metadata");
  const body = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      labels: { ...treeAt(metadata, "labels"), ...input.labels },
      name: input.name ?? `${owner.metadata.name}-${randomBytes(4).toString("hex").slice(0, 5)}`,
      namespace: owner.metadata.namespace,
    },
    spec: template["spec"],
  };
  return createOwned(cluster, body, owner);
}

export function isReady(pod: KubeObject): boolean {
  return treesAt(pod, "status", "conditions").some((condition) => condition["type"] === "Ready" && condition["status"] === "True");
}

export function phaseOf(pod: KubeObject): string {
  return textAt(pod, "status", "phase");
}
