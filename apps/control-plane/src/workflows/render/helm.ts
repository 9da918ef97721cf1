import { withOver } from "../../overrides/contents.ts";
import { namespaceOf, releaseNameOf } from "./names.ts";
import type { ComponentOf, Specified, SpecInput } from "./spec-of.ts";
import { timeLimit, withPreparation } from "./time-limit.ts";

/** The plan of a release: the chart that was built, with values of files first, single ones over them, and the install's own over all. */
export function helmSpec(input: SpecInput<ComponentOf<"helm_chart">>): Specified {
  const { entity, render, overrides } = input;
  const waitSeconds = timeLimit(entity.deployTimeoutSeconds, 1800);
  const { driver, note } = storage(render.text(entity.storageDriver ?? input.runner.helmDriver ?? "", "storage_driver"));
  return {
    spec: {
      kind: "helm.plan",
      target: input.target,
      artifact: input.artifact(),
      cluster: input.cluster(),
      releaseName: releaseNameOf(render, entity.chartName),
      namespace: namespaceOf(render, entity.namespace),
      valuesFiles: entity.valuesFiles.map((text, index) => render.text(text, `values file ${index + 1}`)),
      set: withOver(render.map(entity.values, "values"), overrides.set),
      overrides: overrides.document === undefined ? [] : [overrides.document],
      storageDriver: driver,
      takeOwnership: entity.takeOwnership,
      waitSeconds,
      atomic: entity.atomic ?? false,
      runTests: entity.runTests ?? false,
      destroy: input.destroy,
    },
    timeoutSeconds: withPreparation(waitSeconds),
    ...(note === undefined ? {} : { note }),
  };
}

/** Releases are kept in the cluster. `nuon`, which kept them at the control plane, is taken for Helm's own default. */
function storage(word: string): { driver: "secret" | "configmap"; note?: string } {
  if (word === "configmap" || word === "secret") return { driver: word };
  if (word === "") return { driver: "secret" };
  return {
    driver: "secret",
    note: `The release is kept in secrets of its namespace: there is no storage driver "${word.slice(0, 40)}" here`,
  };
}
