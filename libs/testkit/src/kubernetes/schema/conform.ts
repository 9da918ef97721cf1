import { isTree } from "../tree.ts";
import { canonicalQuantity } from "./quantity.ts";
import { fieldShape, itemShape, type Shape } from "./shape.ts";

/** What was wrong with a body: fields that the shape does not have, and values of another type. */
export type Problems = { unknown: string[]; mistyped: { path: string; owner: string; found: string; wanted: string }[] };

/**
 * A value as a server that knows its type keeps it: without nulls and unknown fields, with quantities in one spelling, and (`tidy`) without
 * empty lists and maps, which mean the same as none.
 */
export function conform(value: unknown, shape: Shape, problems: Problems, tidy: boolean, path = "", owner = ""): unknown {
  switch (shape.type) {
    case "any":
    case "atomicAny":
      return withoutNulls(value);
    case "struct":
    case "map": {
      if (!isTree(value)) return mismatch(value, shape.type === "map" ? "map[string]string" : shape.name);
      const out: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(value)) {
        const at = path === "" ? name : `${path}.${name}`;
        if (shape.type === "struct" && !Object.hasOwn(shape.fields, name)) {
          if (shape.open) out[name] = field;
          else problems.unknown.push(at);
          continue;
        }
        if (field === null || field === undefined) continue;
        const kept = conform(field, fieldShape(shape, name), problems, tidy, at, shape.type === "struct" ? shape.name : owner);
        if (!(tidy && isEmptyCollection(kept, fieldShape(shape, name)))) out[name] = kept;
      }
      return out;
    }
    case "list":
      if (!Array.isArray(value)) return mismatch(value, "[]");
      return value.map((item, index) => conform(item, itemShape(shape), problems, tidy, `${path}[${index}]`, owner));
    case "quantity":
      return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : mismatch(value, "Quantity");
    case "intOrString":
      return typeof value === "string" || typeof value === "number" ? value : mismatch(value, "IntOrString");
    case "integer":
      return typeof value === "number" ? value : mismatch(value, "int32");
    case "number":
      return typeof value === "number" ? value : mismatch(value, "float64");
    case "string":
      return typeof value === "string" ? value : mismatch(value, "string");
    case "boolean":
      return typeof value === "boolean" ? value : mismatch(value, "bool");
  }

  function mismatch(found: unknown, wanted: string): unknown {
    problems.mistyped.push({ path, owner, found: nameOfType(found), wanted });
    return found;
  }
}

function isEmptyCollection(value: unknown, shape: Shape): boolean {
  if (shape.type === "list") return Array.isArray(value) && value.length === 0;
  return shape.type === "map" && isTree(value) && Object.keys(value).length === 0;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, withoutNulls(field)]));
}

function nameOfType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return typeof value === "boolean" ? "bool" : typeof value;
}
