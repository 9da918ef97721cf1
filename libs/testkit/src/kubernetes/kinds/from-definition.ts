import type { KubeObject } from "../object.ts";
import { shapeOfSchema } from "../schema/from-crd.ts";
import type { Shape } from "../schema/shape.ts";
import { listAt, textAt, treeAt, treesAt } from "../tree.ts";
import type { Kind } from "./kind.ts";

/** The kinds that a CustomResourceDefinition makes served: one per served version. */
export function kindsOfDefinition(definition: KubeObject, meta: Shape): Kind[] {
  const names = treeAt(definition, "spec", "names");
  const kind = textAt(names, "kind");
  return treesAt(definition, "spec", "versions")
    .filter((version) => version["served"] === true)
    .map((version) => ({
      group: textAt(definition, "spec", "group"),
      version: textAt(version, "name"),
      kind,
      plural: textAt(names, "plural"),
      singular: textAt(names, "singular") || kind.toLowerCase(),
      shortNames: listAt(names, "shortNames").map(String),
      categories: listAt(names, "categories").map(String),
      namespaced: textAt(definition, "spec", "scope") === "Namespaced",
      subresources: Object.keys(treeAt(version, "subresources")),
      counted: true,
      custom: true,
      schema: treeAt(version, "schema", "openAPIV3Schema"),
      shape: shapeOfSchema(treeAt(version, "schema", "openAPIV3Schema"), meta),
      columns: treesAt(version, "additionalPrinterColumns").map((column) => ({
        name: textAt(column, "name"),
        type: textAt(column, "type"),
        jsonPath: textAt(column, "jsonPath"),
        ...(typeof column["priority"] === "number" && { priority: column["priority"] }),
      })),
    }));
}
