import type { KubeObject } from "../object.ts";
import { fieldShape } from "../schema/shape.ts";
import { textAt } from "../tree.ts";
import { builtInKinds } from "./built-in.ts";
import { kindsOfDefinition } from "./from-definition.ts";
import { apiVersionOf, type Kind } from "./kind.ts";

/** The kinds that are served at the moment. */
export type Kinds = {
  all(): Kind[];
  /** By the parts of a path. */
  byPath(group: string, version: string, plural: string): Kind | undefined;
  /** By what an object says of itself. */
  byObject(object: { apiVersion: string; kind: string }): Kind | undefined;
  byStore(store: string): Kind | undefined;
  /** A definition was established, changed or went away. */
  define(definition: KubeObject): void;
  undefine(definition: KubeObject): void;
};

export function createKinds(): Kinds {
  const builtIn = builtInKinds();
  const meta = fieldShape((builtIn[0] as Kind).shape, "metadata");
  const custom = new Map<string, Kind[]>();
  const all = (): Kind[] => [...builtIn, ...[...custom.values()].flat()];
  return {
    all,
    byPath: (group, version, plural) => all().find((kind) => kind.plural === plural && kind.group === group && kind.version === version),
    byObject: (object) => all().find((kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion),
    byStore: (store) => all().find((kind) => (kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`) === store),
    define: (definition) => void custom.set(textAt(definition, "metadata", "name"), kindsOfDefinition(definition, meta)),
    undefine: (definition) => void custom.delete(textAt(definition, "metadata", "name")),
  };
}
