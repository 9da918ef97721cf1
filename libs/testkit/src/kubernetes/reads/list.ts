import type { Cluster } from "../cluster.ts";
import { storeOf, type Kind } from "../kinds/kind.ts";
import { keyOf, type KubeObject } from "../object.ts";
import { readFieldSelector } from "../selectors/field-selector.ts";
import { readLabelSelector } from "../selectors/label-selector.ts";
import { badRequest } from "../status-error.ts";
import type { Tree } from "../tree.ts";

/** Which objects of a kind a query is about. @throws StatusError 400 */
export function selection(query: URLSearchParams): (object: KubeObject) => boolean {
  const labels = readLabelSelector(query.get("labelSelector") ?? "");
  const fields = readFieldSelector(query.get("fieldSelector") ?? "");
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

/** One page of a list, and the list's metadata. */
export function list(
  cluster: Cluster,
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
): { objects: KubeObject[]; metadata: Tree } {
  const after = readToken(query.get("continue"));
  const limit = Number(query.get("limit") ?? 0);
  const all = cluster.store.list(storeOf(kind), namespace).filter(selection(query));
  const rest = after === undefined ? all : all.filter((object) => keyOf(object) > after);
  const objects = limit > 0 ? rest.slice(0, limit) : rest;
  const left = rest.length - objects.length;
  const last = objects.at(-1);
  return {
    objects,
    metadata: {
      resourceVersion: String(cluster.store.revision()),
      ...(left > 0 &&
        last && { continue: Buffer.from(JSON.stringify({ after: keyOf(last) })).toString("base64url"), remainingItemCount: left }),
    },
  };
}

function readToken(token: string | null): string | undefined {
  if (!token) return undefined;
  try {
    const { after } = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as { after?: unknown };
    if (typeof after === "string") return after;
  } catch {
    // Not ours: refused below.
  }
  throw badRequest("continue key is not valid");
}
