import type { Cluster } from "./cluster.ts";
import { createOwned } from "./controllers/write.ts";

const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }];

/** What a new cluster has: namespaces, a node, a storage class. */
export function furnish(cluster: Cluster): void {
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    createOwned(cluster, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const node = createOwned(cluster, { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} });
  const capacity = { cpu: "4", memory: "8Gi", pods: "110" };
  if (node)
    cluster.store.put("nodes", {
      ...node,
      status: { conditions, capacity, allocatable: capacity, nodeInfo: { kubeletVersion: "v1.34.0" } },
    });
  createOwned(cluster, {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "test.berth.dev/none",
  });
}
