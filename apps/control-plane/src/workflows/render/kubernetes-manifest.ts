import type { ComponentOf, Specified, SpecInput } from "./spec-of.ts";
import { namespaceOf } from "./names.ts";
import { timeLimit, withPreparation } from "./time-limit.ts";

/** The plan of Kubernetes objects: documents, rendered before anybody reads them as YAML, or a kustomization with rendered patches. */
export function manifestSpec(input: SpecInput<ComponentOf<"kubernetes_manifest">>): Specified {
  const { entity, render, overrides } = input;
  const { kustomize } = entity;
  const waitSeconds = timeLimit(entity.deployTimeoutSeconds, 900);
  return {
    spec: {
      kind: "kubernetes.plan",
      target: input.target,
      cluster: input.cluster(),
      namespace: namespaceOf(render, entity.namespace),
      source: kustomize
        ? {
            kind: "kustomize",
            artifact: input.artifact(),
            path: kustomize.path,
            patches: [
              ...kustomize.patches.map((text, index) => render.text(text, `kustomize.patches, patch ${index + 1}`)),
              ...(overrides.document === undefined ? [] : [overrides.document]),
            ],
            enableHelm: kustomize.enableHelm,
            loadRestrictor: kustomize.loadRestrictor === "none" ? "none" : "rootOnly",
          }
        : { kind: "documents", text: render.text(entity.manifest ?? "", "manifest") },
      waitSeconds,
      destroy: input.destroy,
    },
    timeoutSeconds: withPreparation(waitSeconds),
  };
}
