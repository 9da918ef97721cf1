import type { Store } from "../store.ts";
import { listAt, numberAt, setDefault, textAt, treeAt, treesAt, type Tree } from "../tree.ts";
import { freeClusterIp, freeNodePort } from "./allocate-address.ts";

/** Fills in a service's spec and gives it its addresses, or those it had before. In place. */
export function setServiceDefaults(spec: Tree, before: Tree | undefined, store: Store): void {
  setDefault(spec, "type", "ClusterIP");
  setDefault(spec, "sessionAffinity", "None");
  for (const port of treesAt(spec, "ports")) {
    setDefault(port, "protocol", "TCP");
    setDefault(port, "targetPort", port["port"]);
  }
  const type = textAt(spec, "type");
  if (type === "ExternalName") {
    for (const name of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[name];
    return;
  }
  setDefault(spec, "internalTrafficPolicy", "Cluster");
  if (textAt(spec, "clusterIP") === "") spec["clusterIP"] = textAt(before, "clusterIP") || freeClusterIp(store);
  setDefault(spec, "clusterIPs", [spec["clusterIP"]]);
  setDefault(spec, "ipFamilies", ["IPv4"]);
  setDefault(spec, "ipFamilyPolicy", "SingleStack");
  if (type === "ClusterIP") {
    for (const name of ["externalTrafficPolicy", "allocateLoadBalancerNodePorts"]) delete spec[name];
    for (const port of treesAt(spec, "ports")) delete port["nodePort"];
    return;
  }
  setDefault(spec, "externalTrafficPolicy", "Cluster");
  if (type === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
  setNodePorts(treesAt(spec, "ports"), treesAt(before, "ports"), store);
}

function setNodePorts(ports: Tree[], before: Tree[], store: Store): void {
  const used = new Set(ports.map((port) => numberAt(port, "nodePort")).filter((port) => port !== undefined));
  for (const port of ports) {
    if (port["nodePort"] !== undefined) continue;
    const old = before.find((known) => known["port"] === port["port"] && known["protocol"] === port["protocol"]);
    const chosen = numberAt(old, "nodePort") ?? freeNodePort(store, used);
    used.add(chosen);
    port["nodePort"] = chosen;
  }
}

/** Fills in a network policy's types. In place. */
export function setNetworkPolicyDefaults(spec: Tree): void {
  if (spec["policyTypes"] !== undefined) return;
  spec["policyTypes"] = listAt(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}

/** Fills in an autoscaler's spec. In place. */
export function setAutoscalerDefaults(spec: Tree): void {
  setDefault(spec, "minReplicas", 1);
  setDefault(spec, "metrics", [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }]);
}

/** Fills in a definition's names and conversion. In place. */
export function setDefinitionDefaults(spec: Tree): void {
  const names = treeAt(spec, "names");
  setDefault(names, "singular", textAt(names, "kind").toLowerCase());
  setDefault(names, "listKind", `${textAt(names, "kind")}List`);
  setDefault(spec, "conversion", { strategy: "None" });
}
