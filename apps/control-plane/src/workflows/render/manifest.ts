import type { Component } from "@berth/toml-schema/app-config";
import { clusterOf } from "./cluster-of.ts";
import { artifactRef, invalid, type RenderedSpec, type RenderInput } from "./rendered.ts";

const defaultWaitSeconds = 15 * 60;
const slackSeconds = 5 * 60;

/** Kubernetes objects as YAML, rendered before it is parsed, or a kustomization. */
export function renderManifest(given: RenderInput, component: Extract<Component, { type: "kubernetes_manifest" }>): RenderedSpec {
  const { ctx, render, build, target, destroy } = given;
  const cluster = clusterOf(given, component.kubernetesContext);
  if ("problem" in cluster) return invalid(cluster.problem);
  const waitSeconds = component.deployTimeoutSeconds || defaultWaitSeconds;
  const common = { target, cluster, namespace: render.text(component.namespace, "namespace"), waitSeconds, destroy };
  const timeoutSeconds = waitSeconds + slackSeconds;
  const { kustomize } = component;
  if (!kustomize) {
    const text = render.text(component.manifest ?? "", "manifest");
    return { spec: { kind: "kubernetes.plan", ...common, source: { kind: "documents", text } }, timeoutSeconds };
  }
  if (!build?.artifact) return invalid(`The build of ${target} has no artifact`);
  return {
    spec: {
      kind: "kubernetes.plan",
      ...common,
      source: {
        kind: "kustomize",
        artifact: artifactRef(ctx, build.artifact, given.registry),
        path: kustomize.path,
        patches: kustomize.patches.map((patch, index) => render.text(patch, `kustomize patch ${index + 1}`)),
        enableHelm: kustomize.enableHelm,
        loadRestrictor: kustomize.loadRestrictor === "none" ? "none" : "rootOnly",
      },
    },
    timeoutSeconds,
  };
}
