import type { Cluster } from "../cluster.ts";
import { asObject, type KubeObject } from "../object.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { strategicMerge } from "../patch/strategic-merge.ts";
import { badRequest, StatusError } from "../status-error.ts";
import { isTree, type Tree } from "../tree.ts";
import { readBody } from "./read-body.ts";
import type { Target } from "./target.ts";
import { need, replace } from "./update.ts";

/** Patches an object: JSON patch, merge patch or strategic merge patch, by the content type. @throws StatusError */
export function patch(cluster: Cluster, target: Target, type: string, body: unknown): KubeObject {
  const before = need(cluster, target);
  const patched = patchTree(target, before, type, body);
  return replace(cluster, target, before, asObject(readBody(target, patched)));
}

/** The patched value, not stored. @throws StatusError 400, 415, 422 */
export function patchTree(target: Pick<Target, "kind">, before: Tree, type: string, body: unknown): Tree {
  if (type === "application/json-patch+json") return jsonPatch(before, body);
  if (!isTree(body)) throw badRequest("a patch is an object");
  if (type === "application/merge-patch+json") return mergePatch(before, body);
  if (type === "application/strategic-merge-patch+json") {
    // Only kinds that the server itself knows have a strategy.
    if (!target.kind.custom) return strategicMerge(before, body, target.kind.shape);
  }
  const types = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
  throw new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
    {},
  );
}
