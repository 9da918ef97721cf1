import { isTree, listAt, textAt, treeAt, type Tree } from "../tree.ts";
import { anything, type Shape } from "./shape.ts";

/** The shape that a definition's OpenAPI schema describes; what it does not describe is taken as it is. */
export function shapeOfSchema(schema: Tree, meta: Shape): Shape {
  const shape = read(schema, "root");
  if (shape.type !== "struct") return anything;
  const text: Shape = { type: "string" };
  return { ...shape, fields: { ...shape.fields, apiVersion: text, kind: text, metadata: meta } };
}

function read(schema: Tree, name: string): Shape {
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  if (schema["x-kubernetes-int-or-string"] === true) return { type: "intOrString" };
  const type = textAt(schema, "type");
  if (type === "string" || type === "integer" || type === "number" || type === "boolean") return { type };
  if (type === "array") return readList(schema, name);
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (isTree(schema["properties"])) {
    const entries = Object.entries(schema["properties"]).map(([field, of]) => [
      field,
      isTree(of) ? read(of, `${name}.${field}`) : anything,
    ]);
    return { type: "struct", name, atomic, open, fields: Object.fromEntries(entries) as Record<string, Shape> };
  }
  const values = schema["additionalProperties"];
  if (isTree(values)) return { type: "map", atomic, values: read(values, `${name}.*`) };
  if (atomic) return { type: "atomicAny" };
  // An object without properties keeps nothing, unless it says so.
  if (type === "object" && !open && values !== true) return { type: "struct", name, atomic, open: name === "root", fields: {} };
  return anything;
}

function readList(schema: Tree, name: string): Shape {
  const items = read(treeAt(schema, "items"), `${name}[]`);
  const by = textAt(schema, "x-kubernetes-list-type");
  if (by === "set") return { type: "list", by: "set", keys: [], items };
  const keys = listAt(schema, "x-kubernetes-list-map-keys").map(String);
  if (by === "map" && keys.length > 0) return { type: "list", by: "keys", keys, items };
  return { type: "list", by: "atomic", keys: [], items };
}
