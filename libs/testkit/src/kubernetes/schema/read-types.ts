import { scalars, type Scalar, type Shape } from "./shape.ts";

/** Types by name; a line of a type is `field field …: type`. */
export type TypeTable = Readonly<Record<string, readonly string[]>>;

/**
 * Reads our notation of types: `string`, `Name` (a struct), `Name!` (a struct taken as a whole), `{}T` and `{!}T` (a map, merged or
 * taken as a whole), `[]T` (a list taken as a whole), `[set]T`, `[key,key]T` (a list merged by keys).
 * @throws Error on a type that is not in the table
 */
export function readTypes(table: TypeTable): (type: string) => Shape {
  const structs = new Map<string, Shape>();
  const read = (type: string): Shape => {
    if (type.startsWith("{}")) return { type: "map", atomic: false, values: read(type.slice(2)) };
    if (type.startsWith("{!}")) return { type: "map", atomic: true, values: read(type.slice(3)) };
    const list = /^\[([^\]]*)\](.+)$/.exec(type);
    if (list) {
      const [keys = "", items = ""] = list.slice(1);
      if (keys === "") return { type: "list", by: "atomic", keys: [], items: read(items) };
      if (keys === "set") return { type: "list", by: "set", keys: [], items: read(items) };
      return { type: "list", by: "keys", keys: keys.split(","), items: read(items) };
    }
    if ((scalars as readonly string[]).includes(type)) return { type: type as Scalar };
    return struct(type);
  };
  const struct = (type: string): Shape => {
    const known = structs.get(type);
    if (known) return known;
    const name = type.replace(/!$/, "");
    const lines = table[name];
    if (!lines) throw new Error(`there is no type ${name}`);
    const fields: Record<string, Shape> = {};
    structs.set(type, { type: "struct", name, atomic: type.endsWith("!"), open: false, fields });
    for (const line of lines) {
      const [names = "", of = ""] = line.split(": ");
      for (const field of names.split(" ")) fields[field] = read(of);
    }
    return struct(type);
  };
  return read;
}
