import type { Cluster } from "../cluster.ts";
import { setDefaults } from "../defaults/set-defaults.ts";
import { apiVersionOf, storeOf } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import type { Ownership } from "../ssa/managed-fields.ts";
import { badRequest, invalid, modified, notFound, StatusError } from "../status-error.ts";
import type { Tree } from "../tree.ts";
import { checkChange } from "../validate/check-change.ts";
import { checkObject } from "../validate/check-object.ts";
import { admit } from "./admit.ts";
import { commit } from "./commit.ts";
import { readBody } from "./read-body.ts";
import { targetKey, type Target } from "./target.ts";

/** Replaces an object by a body. @throws StatusError */
export function update(cluster: Cluster, target: Target, body: Tree): KubeObject {
  const object = readBody(target, body);
  if (object.metadata.name !== target.name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${target.name})`);
  }
  return replace(cluster, target, need(cluster, target), object);
}

/** The object that a request is about. @throws StatusError 404 */
export function need(cluster: Cluster, target: Target): KubeObject {
  const object = cluster.store.get(storeOf(target.kind), targetKey(target));
  if (!object) throw notFound(target.kind, target.name);
  return object;
}

/** Puts `next` in the place of `before`, keeping what no client may change. @throws StatusError 409, 422 */
export function replace(
  cluster: Cluster,
  target: Target,
  before: KubeObject,
  next: KubeObject,
  applied?: { ownerships: readonly Ownership[] },
): KubeObject {
  const { kind, name } = target;
  const { resourceVersion, uid } = next.metadata;
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) throw modified(kind, name);
  if (uid && uid !== before.metadata.uid) {
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`;
    throw new StatusError(409, "Conflict", `Operation cannot be fulfilled on ${kind.plural} "${name}": ${text}`, {
      name,
      kind: kind.plural,
      group: kind.group,
    });
  }
  const after = withFixedMetadata(before, partOf(target, before, next));
  if (target.subresource === undefined) {
    setDefaults({ object: after, before, kind, store: cluster.store });
    const causes = [...checkObject(kind, after), ...checkChange(kind, before, after)];
    if (causes.length > 0) throw invalid(kind, name, causes);
    admit(cluster, target, after, "update");
  }
  return commit({
    cluster,
    kind,
    before,
    after,
    writer: {
      manager: target.fieldManager,
      operation: "Update",
      apiVersion: apiVersionOf(kind),
      ...(target.subresource !== undefined && { subresource: target.subresource }),
    },
    ...applied,
    dryRun: target.dryRun,
  });
}

/** The status is written through its subresource alone, and all else not through it. */
function partOf(target: Target, before: KubeObject, next: KubeObject): KubeObject {
  const own = target.kind.subresources.includes("status");
  if (target.subresource === "status") return { ...before, status: next["status"] };
  if (!own) return next;
  const { status: _, ...rest } = next;
  return before["status"] === undefined ? (rest as KubeObject) : ({ ...rest, status: before["status"] } as KubeObject);
}

function withFixedMetadata(before: KubeObject, next: KubeObject): KubeObject {
  const after = structuredClone(next);
  const fixed = ["name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "generateName"];
  for (const field of [...fixed, "deletionTimestamp", "deletionGracePeriodSeconds"]) {
    if (before.metadata[field] === undefined) delete after.metadata[field];
    else after.metadata[field] = before.metadata[field];
  }
  return after;
}
