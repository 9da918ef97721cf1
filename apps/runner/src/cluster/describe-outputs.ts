import type { KubernetesObject } from "@berth/plan/kubernetes";
import type { Output } from "@berth/protocol/job-result";

type Tree = Record<string, unknown>;

/** What other components and people may want to know of live objects: all of them by name, and how services, ingresses and deployments are reached and stand. */
export function describeOutputs(live: readonly KubernetesObject[]): Record<string, Output> {
  const plain = (value: unknown): Output => ({ value, sensitive: false });
  const byName = (kind: string, describe: (object: Tree) => Tree): Output =>
    plain(
      Object.fromEntries(live.filter((object) => object.kind === kind).map((object) => [object.metadata.name, describe(object as Tree)])),
    );
  return {
    resources: plain(
      live.map(({ apiVersion, kind, metadata }) => ({
        apiVersion,
        kind,
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      })),
    ),
    services: byName("Service", (object) => {
      const spec = asTree(object["spec"]);
      const address = addressIn(object);
      return {
        type: spec["type"] ?? "ClusterIP",
        cluster_ip: spec["clusterIP"] ?? null,
        ports: asList(spec["ports"]).map((port) => asTree(port)["port"]),
        ...(address === undefined ? {} : { address }),
      };
    }),
    ingresses: byName("Ingress", (object) => {
      const hosts = asList(asTree(object["spec"])["rules"])
        .map((rule) => asTree(rule)["host"])
        .filter((host) => typeof host === "string");
      const address = addressIn(object);
      return { hosts, ...(address === undefined ? {} : { address }) };
    }),
    deployments: byName("Deployment", (object) => {
      const pod = asTree(asTree(asTree(object["spec"])["template"])["spec"]);
      return {
        replicas: asTree(object["spec"])["replicas"] ?? 1,
        ready: asTree(object["status"])["readyReplicas"] ?? 0,
        images: asList(pod["containers"]).map((container) => asTree(container)["image"]),
      };
    }),
  };
}

/** The host name or address at which a load balancer answers. */
function addressIn(object: Tree): unknown {
  const [first] = asList(asTree(asTree(object["status"])["loadBalancer"])["ingress"]);
  return asTree(first)["hostname"] ?? asTree(first)["ip"];
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
