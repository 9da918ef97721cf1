import type { Cluster } from "../cluster.ts";
import { apiVersionOf, storeOf } from "../kinds/kind.ts";
import { keyOf, timestamp, type KubeObject } from "../object.ts";
import { StatusError } from "../status-error.ts";
import { isTree, textAt, treeAt, type Tree } from "../tree.ts";
import { admit } from "./admit.ts";
import { commit, isEmptiedLater } from "./commit.ts";
import { orphanDependents } from "./orphan-dependents.ts";
import type { Target } from "./target.ts";
import { need } from "./update.ts";

/**
 * Deletes an object. With finalizers (or a namespace's contents, or dependents that go first) it stays until they are gone.
 * @param options a `DeleteOptions`
 * @returns the object where it stays for now, undefined where it is gone
 */
export function remove(cluster: Cluster, target: Target, options: Tree): { object: KubeObject; gone: boolean } {
  const object = need(cluster, target);
  checkPreconditions(target, object, treeAt(options, "preconditions"));
  admit(cluster, target, object, "delete");
  const policy = textAt(options, "propagationPolicy") || (options["orphanDependents"] === true ? "Orphan" : "Background");
  if (target.dryRun) return { object, gone: true };
  if (policy === "Orphan") orphanDependents(cluster, object.metadata.uid);
  const after = structuredClone(object);
  if (policy === "Foreground") after.metadata.finalizers = [...new Set([...(after.metadata.finalizers ?? []), "foregroundDeletion"])];
  if ((after.metadata.finalizers ?? []).length === 0 && !isEmptiedLater(target.kind)) {
    return { object: cluster.store.remove(storeOf(target.kind), keyOf(object)) ?? object, gone: true };
  }
  after.metadata.deletionTimestamp ??= timestamp(cluster.now());
  after.metadata.deletionGracePeriodSeconds = 0;
  if (target.kind.kind === "Namespace") after["status"] = { ...treeAt(after, "status"), phase: "Terminating" };
  const writer = { manager: target.fieldManager, operation: "Update" as const, apiVersion: apiVersionOf(target.kind) };
  return { object: commit({ cluster, kind: target.kind, before: object, after, writer, dryRun: false }), gone: false };
}

function checkPreconditions(target: Target, object: KubeObject, preconditions: Tree): void {
  for (const [field, label] of [
    ["uid", "UID"],
    ["resourceVersion", "ResourceVersion"],
  ] as const) {
    const wanted = preconditions[field];
    if (wanted === undefined || wanted === object.metadata[field]) continue;
    const text = `Precondition failed: ${label} in precondition: ${JSON.stringify(wanted)}, ${label} in object meta: ${object.metadata[field]}`;
    throw new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${target.kind.plural} "${target.name}": ${text}`, {
      name: target.name,
      kind: target.kind.plural,
    });
  }
}

/** The answer to a deletion that is done. */
export function removedStatus(target: Target, object: KubeObject): Tree {
  const { group, plural } = target.kind;
  const details = { name: target.name, ...(group !== "" && { group }), kind: plural, uid: object.metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** The options of a deletion: the body's and the query's. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): Tree {
  const options: Tree = isTree(body) ? { ...body } : {};
  for (const name of ["propagationPolicy", "gracePeriodSeconds"]) {
    const value = query.get(name);
    if (value !== null) options[name] ??= value;
  }
  if (query.get("orphanDependents") === "true") options["orphanDependents"] ??= true;
  return options;
}
