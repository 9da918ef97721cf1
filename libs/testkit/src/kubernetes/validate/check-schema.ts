import type { Cause } from "../status-error.ts";
import { isTree, listAt, numberAt, same, textAt, treeAt, type Tree } from "../tree.ts";
import { invalidValue, required } from "./names.ts";

/** Fills in a definition's defaults, in place, where the object around them is there. */
export function setSchemaDefaults(value: unknown, schema: Tree): void {
  if (Array.isArray(value)) for (const item of value) setSchemaDefaults(item, treeAt(schema, "items"));
  if (!isTree(value)) return;
  for (const [name, field] of Object.entries(treeAt(schema, "properties"))) {
    if (!isTree(field)) continue;
    if (value[name] === undefined && field["default"] !== undefined) value[name] = structuredClone(field["default"]);
    setSchemaDefaults(value[name], field);
  }
  const values = schema["additionalProperties"];
  if (isTree(values)) for (const item of Object.values(value)) setSchemaDefaults(item, values);
}

/** What a definition's schema says is wrong: missing fields, values out of bounds. Rules in CEL are not run. */
export function checkSchema(value: unknown, schema: Tree, path = ""): Cause[] {
  if (Array.isArray(value)) {
    return [
      ...checkBounds(value, schema, path),
      ...value.flatMap((item, index) => checkSchema(item, treeAt(schema, "items"), `${path}[${index}]`)),
    ];
  }
  if (!isTree(value)) return checkBounds(value, schema, path);
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const missing = listAt(schema, "required").filter((name) => typeof name === "string" && value[name] === undefined);
  const properties = treeAt(schema, "properties");
  const values = treeAt(schema, "additionalProperties");
  return [
    ...missing.map((name) => required(at(String(name)))),
    ...Object.entries(value).flatMap(([name, field]) => checkSchema(field, isTree(properties[name]) ? properties[name] : values, at(name))),
  ];
}

function checkBounds(value: unknown, schema: Tree, path: string): Cause[] {
  const allowed = listAt(schema, "enum");
  if (allowed.length > 0 && !allowed.some((one) => same(one, value))) {
    const list = allowed.map((one) => JSON.stringify(one)).join(", ");
    return [
      { reason: "FieldValueNotSupported", message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`, field: path },
    ];
  }
  const say = (detail: string): Cause[] => [invalidValue(path, value, `${path} in body should ${detail}`)];
  const limit = (name: string): number => numberAt(schema, name) ?? (name.startsWith("max") ? Infinity : -Infinity);
  if (typeof value === "number") {
    if (value < limit("minimum")) return say(`be greater than or equal to ${limit("minimum")}`);
    if (value > limit("maximum")) return say(`be less than or equal to ${limit("maximum")}`);
  }
  if (typeof value === "string") {
    const pattern = textAt(schema, "pattern");
    if (pattern !== "" && !new RegExp(pattern, "u").test(value)) return say(`match '${pattern}'`);
    if (value.length < limit("minLength")) return say(`be at least ${limit("minLength")} chars long`);
    if (value.length > limit("maxLength")) return say(`be at most ${limit("maxLength")} chars long`);
  }
  if (Array.isArray(value)) {
    if (value.length < limit("minItems")) return say(`have at least ${limit("minItems")} items`);
    if (value.length > limit("maxItems")) return say(`have at most ${limit("maxItems")} items`);
  }
  return [];
}
