import { z } from "zod";
import { fieldInfo, type FieldInfo } from "../kinds/field.ts";
import type { Path } from "../source/position.ts";
import { asTable } from "../source/table.ts";

/** What a walk over a value by its schema meets. */
export type Visitor = {
  /** A value that a field with facts of its own describes. */
  field?: (path: Path, value: unknown, info: FieldInfo) => void;
  /** A key that the schema does not know, with those it does. */
  unknown?: (path: Path, known: readonly string[]) => void;
};

/** Goes through a value along its schema; what does not fit the schema is passed over. */
export function walkValue(schema: z.core.$ZodType, value: unknown, visitor: Visitor, path: Path = []): void {
  if (value === undefined) return;
  const { inner, info } = unwrap(schema);
  if (info) visitor.field?.(path, value, info);
  if (inner instanceof z.ZodObject) {
    const table = asTable(value);
    if (!table) return;
    const shape: Record<string, z.core.$ZodType> = inner.shape;
    for (const [key, member] of Object.entries(table)) {
      const found = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (found) walkValue(found, member, visitor, [...path, key]);
      else visitor.unknown?.([...path, key], Object.keys(shape));
    }
  } else if (inner instanceof z.ZodArray) {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) walkValue(inner.element, item, visitor, [...path, index]);
  } else if (inner instanceof z.ZodRecord) {
    for (const [key, member] of Object.entries(asTable(value) ?? {})) walkValue(inner.valueType, member, visitor, [...path, key]);
  } else if (inner instanceof z.ZodUnion) {
    const table = inner.options.find((option) => option instanceof z.ZodObject);
    if (table && asTable(value)) walkValue(table, value, visitor, path);
  }
}

/** The schema inside optional and default wrappers, and the facts found on the way in. */
export function unwrap(schema: z.core.$ZodType): { inner: z.core.$ZodType; info: FieldInfo | undefined } {
  let inner = schema;
  let info = fieldInfo.get(inner);
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    inner = inner.unwrap();
    info ??= fieldInfo.get(inner);
  }
  return { inner, info };
}

/** The field at a path and its facts; undefined where the schema knows no such path. */
export function fieldAt(schema: z.core.$ZodType, path: Path): { schema: z.core.$ZodType; info: FieldInfo | undefined } | undefined {
  let current: z.core.$ZodType | undefined = schema;
  for (const part of path) {
    const inner: z.core.$ZodType = unwrap(current).inner;
    if (inner instanceof z.ZodObject) current = memberSchema(inner, String(part));
    else if (inner instanceof z.ZodArray) current = inner.element;
    else if (inner instanceof z.ZodRecord) current = inner.valueType;
    else return undefined;
    if (!current) return undefined;
  }
  return { schema: current, info: unwrap(current).info };
}

/** The schema of a key of a table. */
export function memberSchema(schema: z.core.$ZodType, key: string): z.ZodType | undefined {
  const { inner } = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const shape: Record<string, z.ZodType> = inner.shape;
  return Object.hasOwn(shape, key) ? shape[key] : undefined;
}
