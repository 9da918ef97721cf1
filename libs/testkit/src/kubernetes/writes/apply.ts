import type { Cluster } from "../cluster.ts";
import { apiVersionOf, storeOf } from "../kinds/kind.ts";
import { asObject, type KubeObject } from "../object.ts";
import { applyFields, type Conflict } from "../ssa/apply-fields.ts";
import { printPath } from "../ssa/field-set.ts";
import { readOwnerships, type Manager, type Ownership } from "../ssa/managed-fields.ts";
import { badRequest, invalid, StatusError } from "../status-error.ts";
import { isTree, type Tree } from "../tree.ts";
import { required } from "../validate/names.ts";
import { createObject } from "./create.ts";
import { readApplied } from "./read-body.ts";
import { targetKey, type Target } from "./target.ts";
import { replace } from "./update.ts";

/**
 * Server-side apply: creates the object or changes the manager's fields of it.
 * @returns what is stored, and whether it was created
 * @throws StatusError 409 with a cause per field that another manager owns
 */
export function apply(cluster: Cluster, target: Target, body: Tree, force: boolean): { object: KubeObject; created: boolean } {
  const { kind } = target;
  const apiVersion = apiVersionOf(kind);
  if (target.fieldManager === "") throw fieldManagerMissing(target);
  if (body["kind"] !== kind.kind || body["apiVersion"] !== apiVersion) {
    throw badRequest(
      `invalid object type: ${String(body["apiVersion"])}, Kind=${String(body["kind"])}, expected ${apiVersion}, Kind=${kind.kind}`,
    );
  }
  if (isTree(body["metadata"]) && Array.isArray(body["metadata"]["managedFields"])) throw badRequest("metadata.managedFields must be nil");
  const applied = readApplied(target, body);
  const writer: Manager = {
    manager: target.fieldManager,
    operation: "Apply",
    apiVersion,
    ...(target.subresource !== undefined && { subresource: target.subresource }),
  };
  const before = cluster.store.get(storeOf(kind), targetKey(target));
  const live: Tree = before ?? { apiVersion, kind: kind.kind, metadata: {} };
  const ownerships = readOwnerships(before?.metadata.managedFields);
  const result = applyFields({ live, applied: onlyPart(target, applied), shape: kind.shape, manager: writer, ownerships, force });
  if ("conflicts" in result) throw conflictError(result.conflicts);
  const object = structuredClone(asObject(result.object));
  if (before) return { object: replace(cluster, target, before, withVersion(object, applied), result), created: false };
  if (isTree(applied["metadata"]) && applied["metadata"]["uid"] !== undefined)
    throw badRequest("uid mismatch: the provided object specified a uid, and no existing object was found");
  return { object: createObject(cluster, target, object, { writer, ownerships: result.ownerships }), created: true };
}

/** A resourceVersion that is applied is a precondition. */
function withVersion(object: KubeObject, applied: Tree): KubeObject {
  const version = isTree(applied["metadata"]) ? applied["metadata"]["resourceVersion"] : undefined;
  object.metadata.resourceVersion = typeof version === "string" ? version : "";
  return object;
}

/** Fields that the request's resource does not write are not applied by it. */
function onlyPart(target: Target, applied: Tree): Tree {
  const { status, ...rest } = applied;
  if (target.subresource === "status") return { ...(status !== undefined && { status }) };
  return target.kind.subresources.includes("status") ? rest : applied;
}

function fieldManagerMissing(target: Target): StatusError {
  const options = { group: "meta.k8s.io", plural: "patchoptions", kind: "PatchOptions" };
  return invalid(options, target.name === "" ? "" : "", [required("fieldManager", "is required for apply patch")]);
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map((conflict) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${printManager(conflict.with)}`,
    field: printPath(conflict.path),
  }));
  return new StatusError(409, "Conflict", conflictMessage(conflicts), { causes });
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${printManager(first.with)}: ${printPath(first.path)}`;
  const byManager = new Map<string, string[]>();
  for (const conflict of conflicts) {
    const manager = printManager(conflict.with);
    byManager.set(manager, [...(byManager.get(manager) ?? []), `- ${printPath(conflict.path)}`]);
  }
  const parts = [...byManager.keys()].sort().map((manager) => `conflicts with ${manager}:\n${byManager.get(manager)?.join("\n")}`);
  return `Apply failed with ${conflicts.length} conflicts: ${parts.join("\n")}`;
}

function printManager(owner: Ownership): string {
  const name =
    JSON.stringify(owner.manager) + (owner.subresource === undefined ? "" : ` with subresource ${JSON.stringify(owner.subresource)}`);
  return owner.operation === "Apply" ? name : `${name} using ${owner.apiVersion}`;
}
