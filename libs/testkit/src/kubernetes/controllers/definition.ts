import { isHeld } from "../switches.ts";
import { storeOf } from "../kinds/kind.ts";
import { textAt, treeAt, treesAt } from "../tree.ts";
import { withConditions } from "./condition.ts";
import type { Controller } from "./controller.ts";
import { removeOwned, writeStatus } from "./write.ts";

/** Makes the kind of a definition served; takes it and its objects away with the definition. */
export const reconcileDefinition: Controller = ({ cluster, again }, definition) => {
  const names = treeAt(definition, "spec", "names");
  const store = storeOf({ group: textAt(definition, "spec", "group"), plural: textAt(names, "plural") });
  if (definition.metadata.deletionTimestamp !== undefined) {
    for (const object of cluster.store.list(store)) removeOwned(cluster, object);
    if (cluster.store.list(store).length > 0) return again(20);
    cluster.kinds.undefine(definition);
    cluster.store.remove("customresourcedefinitions.apiextensions.k8s.io", `/${definition.metadata.name}`);
    return;
  }
  if (isHeld(cluster.switches, { kind: "customresourcedefinition", metadata: definition.metadata })) return;
  cluster.kinds.define(definition);
  const stored = treesAt(definition, "spec", "versions").find((version) => version["storage"] === true);
  writeStatus(cluster, definition, {
    acceptedNames: names,
    conditions: withConditions(
      treeAt(definition, "status"),
      cluster.now(),
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
      { type: "Established", status: "True", reason: "InitialNamesAccepted", message: "the initial names have been accepted" },
    ),
    storedVersions: [textAt(stored, "name")],
  });
};
