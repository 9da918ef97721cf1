import { apiVersionOf, type Kind } from "../kinds/kind.ts";
import { timestamp, type KubeObject } from "../object.ts";
import type { Tree } from "../tree.ts";
import { tableOf } from "./table.ts";

/** How a client wants objects: as they are, as a printed table, or their metadata alone. */
export type Form = "object" | "table" | "metadata";

/** Reads an `Accept` header: the first form that we know wins. */
export function formOf(accept: string): Form {
  for (const part of accept.split(",")) {
    if (part.includes("as=Table") && /v=v1(;|$)/.test(part)) return "table";
    if (part.includes("as=PartialObjectMetadata")) return "metadata";
    if (!part.includes("as=")) return "object";
  }
  return "object";
}

/** An object of a kind in the form asked for; of several versions of a kind each names itself. */
export function presentOne(kind: Kind, object: KubeObject, form: Form, now: Date): Tree {
  const versioned = { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
  if (form === "table") return tableOf(kind, [versioned], { resourceVersion: object.metadata.resourceVersion }, now);
  return form === "metadata" ? metadataOf(versioned) : versioned;
}

/** A list in the form asked for. */
export function presentList(kind: Kind, objects: readonly KubeObject[], metadata: Tree, form: Form, now: Date): Tree {
  const apiVersion = apiVersionOf(kind);
  const items = objects.map((object) => ({ ...object, apiVersion, kind: kind.kind }));
  if (form === "table") return tableOf(kind, items, metadata, now);
  if (form === "metadata")
    return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items: items.map(metadataOf) };
  return { kind: `${kind.kind}List`, apiVersion, metadata, items };
}

function metadataOf(object: KubeObject): Tree {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** An object that only tells how far a watch has come. */
export function bookmark(kind: Kind, revision: number, endOfInitial: boolean): Tree {
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: endOfInitial ? timestamp(new Date(0)) : null,
      ...(endOfInitial && { annotations: { "k8s.io/initial-events-end": "true" } }),
    },
  };
}
