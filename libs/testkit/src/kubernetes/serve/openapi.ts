import { createHash } from "node:crypto";
import type { Kinds } from "../kinds/registry.ts";
import { apiVersionOf, type Kind } from "../kinds/kind.ts";
import type { Shape } from "../schema/shape.ts";
import type { Tree } from "../tree.ts";

/** The OpenAPI v3 index or one group's document, or undefined. Made of our own table of types. */
export function openApi(kinds: Kinds, path: string): Tree | undefined {
  const versions = new Map<string, Kind[]>();
  for (const kind of kinds.all()) {
    const key = kind.group === "" ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;
    versions.set(key, [...(versions.get(key) ?? []), kind]);
  }
  if (path === "/openapi/v3") {
    const entries = [...versions].map(([key, list]) => {
      const hash = createHash("sha256").update(JSON.stringify(list)).digest("hex").slice(0, 32);
      return [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${hash}` }];
    });
    return { paths: Object.fromEntries(entries) as Tree };
  }
  const list = versions.get(path.replace("/openapi/v3/", ""));
  return list && document(list);
}

function document(kinds: Kind[]): Tree {
  const schemas: Tree = {};
  const paths: Tree = {};
  for (const kind of kinds) {
    const name = schemaName(kind);
    schemas[name] = { ...schemaOf(kind.shape), "x-kubernetes-group-version-kind": [gvk(kind)] };
    const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const base = `${root}${kind.namespaced ? "/namespaces/{namespace}" : ""}/${kind.plural}`;
    paths[base] = { get: operation(kind, "list", []), post: operation(kind, "post", ["dryRun", "fieldManager", "fieldValidation"]) };
    paths[`${base}/{name}`] = {
      get: operation(kind, "get", []),
      put: operation(kind, "put", ["dryRun", "fieldManager", "fieldValidation"]),
      patch: operation(kind, "patch", ["dryRun", "fieldManager", "fieldValidation", "force"]),
      delete: operation(kind, "delete", ["dryRun", "gracePeriodSeconds", "propagationPolicy"]),
    };
  }
  return { openapi: "3.0.0", info: { title: "Kubernetes", version: "v1.34.0" }, paths, components: { schemas } };
}

/** `io.k8s.api.apps.v1.Deployment` by group, version and kind. */
function schemaName(kind: Kind): string {
  const group = kind.group === "" ? "core" : kind.group;
  return `io.k8s.api.${group}.${kind.version}.${kind.kind}`;
}

function gvk(kind: Kind): Tree {
  return { group: kind.group, version: kind.version, kind: kind.kind };
}

function operation(kind: Kind, action: string, query: string[]): Tree {
  const parameters = query.map((name) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } }));
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${schemaName(kind)}` } } };
  // Without strategic merge among the types, kubectl merges with what it knows of the built-in kinds itself.
  const types = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
  const patch = { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: { type: "object" } }])) };
  return {
    operationId: `${action}${kind.kind}`,
    parameters,
    ...(action === "patch" && { requestBody: patch }),
    ...((action === "post" || action === "put") && { requestBody: { required: true, content } }),
    responses: { "200": { description: "OK", content } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk(kind),
  };
}

function schemaOf(shape: Shape): Tree {
  switch (shape.type) {
    case "any":
    case "atomicAny":
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    case "intOrString":
      return { "x-kubernetes-int-or-string": true };
    case "quantity":
      return { type: "string" };
    case "struct": {
      const properties = Object.entries(shape.fields).map(([name, field]) => [name, schemaOf(field)]);
      return {
        type: "object",
        properties: Object.fromEntries(properties) as Tree,
        ...(shape.atomic && { "x-kubernetes-map-type": "atomic" }),
        ...(shape.open && { "x-kubernetes-preserve-unknown-fields": true }),
      };
    }
    case "map":
      return { type: "object", additionalProperties: schemaOf(shape.values), ...(shape.atomic && { "x-kubernetes-map-type": "atomic" }) };
    case "list":
      return {
        type: "array",
        items: schemaOf(shape.items),
        "x-kubernetes-list-type": shape.by === "keys" ? "map" : shape.by,
        ...(shape.by === "keys" && { "x-kubernetes-list-map-keys": shape.keys }),
      };
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return { type: shape.type };
  }
}
