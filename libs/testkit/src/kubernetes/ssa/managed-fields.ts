import type { ManagedField } from "../object.ts";
import { same } from "../tree.ts";
import { isEmpty, type FieldSet } from "./field-set.ts";
import { decodeFields, encodeFields } from "./fields-v1.ts";

/** Who writes: the key of an entry of `managedFields`. */
export type Manager = { manager: string; operation: "Apply" | "Update"; apiVersion: string; subresource?: string };

/** An entry with its fields as a set. */
export type Ownership = Manager & { time?: string; set: FieldSet };

export function readOwnerships(entries: readonly ManagedField[] | undefined): Ownership[] {
  return (entries ?? [])
    .filter((entry) => typeof entry.manager === "string")
    .map((entry) => ({ ...whoOf(entry), ...(entry.time !== undefined && { time: entry.time }), set: decodeFields(entry.fieldsV1) }));
}

/** Entries as they are stored, in the server's order; one whose fields have not changed keeps its time. */
export function writeOwnerships(ownerships: readonly Ownership[], before: readonly ManagedField[], now: string): ManagedField[] {
  return ownerships
    .filter((ownership) => !isEmpty(ownership.set))
    .map((ownership): ManagedField => {
      const who = whoOf(ownership);
      const old = before.find((entry) => isSameManager(entry, who));
      const fieldsV1 = encodeFields(ownership.set);
      const time = old && same(old.fieldsV1, fieldsV1) ? old.time : now;
      return { ...who, ...(time !== undefined && { time }), fieldsType: "FieldsV1", fieldsV1 };
    })
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** Who applies comes first, then who wrote first. */
function orderOf(entry: ManagedField): string {
  return [entry.operation, entry.time ?? "", entry.manager, entry.apiVersion, entry.subresource ?? ""].join("\n");
}

export function isSameManager(left: Manager, right: Manager): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.apiVersion === right.apiVersion &&
    (left.subresource ?? "") === (right.subresource ?? "")
  );
}

function whoOf({ manager, operation, apiVersion, subresource }: Manager): Manager {
  return { manager, operation, apiVersion, ...(subresource !== undefined && { subresource }) };
}
