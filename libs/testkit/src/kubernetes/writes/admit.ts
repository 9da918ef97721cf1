import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../object.ts";
import { forbidden, notFound, StatusError } from "../status-error.ts";
import type { Target } from "./target.ts";

const namespaces = { group: "", plural: "namespaces", kind: "Namespace" };

/** Refuses what a test's denials refuse. @throws StatusError 403 */
export function admit(cluster: Cluster, target: Target, object: KubeObject, verb: "create" | "update" | "delete"): void {
  for (const denial of cluster.switches.denials) {
    const message = denial(object, verb);
    if (message === undefined) continue;
    throw new StatusError(403, "Forbidden", `admission webhook "deny.test" denied the request: ${message}`, {
      name: target.name,
      kind: target.kind.plural,
    });
  }
}

/** A namespaced object needs its namespace, and one that stays. @throws StatusError 403, 404 */
export function needNamespace(cluster: Cluster, target: Target): void {
  if (target.namespace === undefined) return;
  const namespace = cluster.store.get("namespaces", `/${target.namespace}`);
  if (!namespace) throw notFound(namespaces, target.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const error = forbidden(
    target.kind,
    target.name,
    `unable to create new content in namespace ${target.namespace} because it is being terminated`,
  );
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${target.namespace} is being terminated`,
    field: "metadata.namespace",
  };
  (error.status["details"] as Record<string, unknown>)["causes"] = [cause];
  throw error;
}
