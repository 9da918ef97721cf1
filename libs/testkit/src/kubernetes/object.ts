import { isTree, type Tree } from "./tree.ts";

/** What every object carries; times are RFC 3339 text. */
export type Meta = {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedField[];
  [field: string]: unknown;
};

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

/** One manager's entry in `metadata.managedFields`. */
export type ManagedField = {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: Tree;
  subresource?: string;
};

/** A stored object. Never changed in place: a change is a new one. */
export type KubeObject = { apiVersion: string; kind: string; metadata: Meta; [field: string]: unknown };

/** A body that claims to be an object: metadata is there, though it may lack everything. */
export function asObject(body: Tree): KubeObject {
  const metadata = isTree(body["metadata"]) ? body["metadata"] : {};
  return { ...body, metadata } as KubeObject;
}

export function keyOf(object: { metadata: { name: string; namespace?: string } }): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
