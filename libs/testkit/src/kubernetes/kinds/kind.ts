import type { Tree } from "../tree.ts";
import type { Shape } from "../schema/shape.ts";

/** A served resource: one version of it. */
export type Kind = {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  subresources: readonly string[];
  /** Whether changes of the spec are counted in `metadata.generation`. */
  counted: boolean;
  shape: Shape;
  /** Served because of a CustomResourceDefinition. */
  custom: boolean;
  /** The OpenAPI schema of its definition. */
  schema?: Tree;
  /** JSON paths that the printed table shows beside name and age, for kinds that say so themselves. */
  columns?: readonly { name: string; type: string; jsonPath: string; priority?: number }[];
};

export function apiVersionOf(kind: { group: string; version: string }): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** Where objects of a kind are kept, whatever their version: `deployments.apps`, `pods`. */
export function storeOf(kind: { group: string; plural: string }): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}
