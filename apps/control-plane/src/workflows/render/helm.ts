import type { Component } from "@berth/toml-schema/app-config";
import { clusterOf } from "./cluster-of.ts";
import { artifactRef, invalid, type RenderedSpec, type RenderInput } from "./rendered.ts";

const defaultWaitSeconds = 30 * 60;
/** On top of the wait: pulling, rendering, comparing. */
const slackSeconds = 5 * 60;

/** A Helm release. `chart_name` is its name, as in the field. */
export function renderHelm(given: RenderInput, component: Extract<Component, { type: "helm_chart" }>): RenderedSpec {
  const { ctx, config, render, build, target, destroy } = given;
  if (!build?.artifact) return invalid(`The build of ${target} has no artifact`);
  const cluster = clusterOf(given, component.kubernetesContext);
  if ("problem" in cluster) return invalid(cluster.problem);
  const waitSeconds = component.deployTimeoutSeconds || defaultWaitSeconds;
  const driver = render.text(component.storageDriver ?? config.runner.helmDriver ?? "secret", "storage_driver");
  return {
    spec: {
      kind: "helm.plan",
      target,
      artifact: artifactRef(ctx, build.artifact, given.registry),
      cluster,
      releaseName: component.chartName,
      namespace: render.text(component.namespace, "namespace"),
      valuesFiles: component.valuesFiles.map((text, index) => render.text(text, `values file ${index + 1}`)),
      set: render.map(component.values, "values"),
      overrides: [],
      // `nuon` keeps releases with the control plane there; here they stay in the customer's cluster.
      storageDriver: driver === "configmap" ? "configmap" : "secret",
      takeOwnership: component.takeOwnership,
      waitSeconds,
      atomic: false,
      runTests: false,
      destroy,
    },
    timeoutSeconds: waitSeconds + slackSeconds,
  };
}
