import type { SealedSpec } from "../../jobs/spec.ts";
import type { SpecInput, Specified } from "./spec-of.ts";

/**
 * A plan with all that another one was given: the same values, whatever inputs, outputs and the config have become since. Only how the artifact and the cluster
 * are reached is found out anew. Undefined for what is no plan.
 */
export function planAgain(
  before: SealedSpec & { timeoutSeconds: number },
  where: Pick<SpecInput<unknown>, "artifact" | "cluster">,
): Specified | undefined {
  const { spec, timeoutSeconds } = before;
  switch (spec.kind) {
    case "terraform.plan":
      return { spec: { ...spec, artifact: where.artifact() }, timeoutSeconds };
    case "helm.plan":
      return { spec: { ...spec, artifact: where.artifact(), cluster: where.cluster() }, timeoutSeconds };
    case "kubernetes.plan": {
      const source = spec.source.kind === "kustomize" ? { ...spec.source, artifact: where.artifact() } : spec.source;
      return { spec: { ...spec, source, cluster: where.cluster() }, timeoutSeconds };
    }
    case "terraform.apply":
    case "helm.apply":
    case "kubernetes.apply":
    case "image.sync":
    case "action.run":
    case "secrets.sync":
    case "health.probe":
      return undefined;
  }
}
