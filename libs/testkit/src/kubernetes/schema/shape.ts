/**
 * What is known of a value: enough to merge it (which lists are merged by which keys), to refuse unknown fields and wrong types,
 * and to describe it in OpenAPI.
 */
export type Shape =
  | { type: Scalar }
  | { type: "struct"; name: string; atomic: boolean; open: boolean; fields: Readonly<Record<string, Shape>> }
  | { type: "map"; atomic: boolean; values: Shape }
  | { type: "list"; by: "atomic" | "set" | "keys"; keys: readonly string[]; items: Shape; retainKeys?: boolean };

export type Scalar = (typeof scalars)[number];

/** `any` is whatever JSON; its objects merge field by field and its lists as a whole. */
export const scalars = ["string", "integer", "number", "boolean", "quantity", "intOrString", "any", "atomicAny"] as const;

export const anything: Shape = { type: "any" };

/** The shape of a field, an item of a map, or what nothing is known of. */
export function fieldShape(shape: Shape, name: string): Shape {
  if (shape.type === "struct") return (Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined) ?? anything;
  return shape.type === "map" ? shape.values : anything;
}

export function itemShape(shape: Shape): Shape {
  return shape.type === "list" ? shape.items : anything;
}

/** Whether a value is taken and owned as a whole. */
export function isAtomic(shape: Shape): boolean {
  if (shape.type === "atomicAny") return true;
  return (shape.type === "struct" || shape.type === "map") && shape.atomic;
}

/** What a key of a keyed list is where the item does not say it. */
export function keyDefault(key: string): unknown {
  return key === "protocol" ? "TCP" : undefined;
}
