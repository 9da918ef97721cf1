import { randomBytes, randomUUID } from "node:crypto";
import type { Cluster } from "../cluster.ts";
import { setDefaults } from "../defaults/set-defaults.ts";
import { apiVersionOf, storeOf } from "../kinds/kind.ts";
import { timestamp, type KubeObject } from "../object.ts";
import type { Manager, Ownership } from "../ssa/managed-fields.ts";
import { alreadyExists, badRequest, invalid } from "../status-error.ts";
import type { Tree } from "../tree.ts";
import { checkObject } from "../validate/check-object.ts";
import { required } from "../validate/names.ts";
import { admit, needNamespace } from "./admit.ts";
import { commit } from "./commit.ts";
import { readBody } from "./read-body.ts";
import { targetKey, type Target } from "./target.ts";

/** Creates what a body describes. @throws StatusError */
export function create(cluster: Cluster, target: Target, body: Tree): KubeObject {
  const object = readBody(target, body);
  const { generateName } = object.metadata;
  const name = object.metadata.name || (generateName ? `${generateName}${randomBytes(4).toString("hex").slice(0, 5)}` : "");
  const { namespace } = object.metadata;
  if (namespace !== undefined && namespace !== "" && namespace !== target.namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request: got ${namespace}, want ${target.namespace ?? ""}`,
    );
  }
  if (object.metadata.resourceVersion) throw badRequest("resourceVersion should not be set on objects to be created");
  return createObject(cluster, { ...target, name }, object);
}

/** Creates an object whose fields are already known to be good. `applied` says that it is created by server-side apply. */
export function createObject(
  cluster: Cluster,
  target: Target,
  object: KubeObject,
  applied?: { writer: Manager; ownerships: readonly Ownership[] },
): KubeObject {
  const { kind, name } = target;
  if (name === "") throw invalid(kind, "", [required("metadata.name", "name or generateName is required")]);
  needNamespace(cluster, target);
  if (cluster.store.get(storeOf(kind), targetKey(target))) throw alreadyExists(kind, name);
  prepare(cluster, target, object);
  setDefaults({ object, before: undefined, kind, store: cluster.store });
  const causes = checkObject(kind, object);
  if (causes.length > 0) throw invalid(kind, name, causes);
  admit(cluster, target, object, "create");
  const writer = applied?.writer ?? { manager: target.fieldManager, operation: "Update", apiVersion: apiVersionOf(kind) };
  return commit({
    cluster,
    kind,
    before: undefined,
    after: object,
    writer,
    ...(applied && { ownerships: applied.ownerships }),
    dryRun: target.dryRun,
  });
}

function prepare(cluster: Cluster, target: Target, object: KubeObject): void {
  const { metadata } = object;
  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"]) delete metadata[field];
  metadata.name = target.name;
  if (target.namespace === undefined) delete metadata.namespace;
  else metadata.namespace = target.namespace;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(cluster.now());
  if (target.kind.subresources.includes("status")) delete object["status"];
}
