import type { Component } from "@berth/toml-schema/app-config";
import { clusterOf } from "./cluster-of.ts";
import { invalid, type RenderedSpec, type RenderInput } from "./rendered.ts";

const defaultWaitSeconds = 15 * 60;
const slackSeconds = 5 * 60;

/**
 * A one-off container: a Kubernetes Job of its own for every deploy, since a Job runs once. The one of the deploy before goes away with it, as any object that
 * is no longer among a component's own.
 */
export function renderOneOffJob(given: RenderInput, component: Extract<Component, { type: "job" }>): RenderedSpec {
  const { render, workflow, step, target, destroy } = given;
  const cluster = clusterOf(given, component.kubernetesContext);
  if ("problem" in cluster) return invalid(cluster.problem);
  const waitSeconds = component.deployTimeoutSeconds || defaultWaitSeconds;
  const name = component.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  const environment = render.map(component.envVars, "env_vars");
  const job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `${name}-${workflow.id.slice(-8)}-${step.attempt + 1}`, labels: { "app.kubernetes.io/name": name } },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { "app.kubernetes.io/name": name } },
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "job",
              image: `${render.text(component.imageUrl, "image_url")}:${render.text(component.tag, "tag")}`,
              ...(component.cmd.length > 0 ? { command: component.cmd.map((text) => render.text(text, "cmd")) } : {}),
              ...(component.args.length > 0 ? { args: component.args.map((text) => render.text(text, "args")) } : {}),
              env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
            },
          ],
        },
      },
    },
  };
  return {
    spec: {
      kind: "kubernetes.plan",
      target,
      cluster,
      namespace: workflow.install_id,
      // JSON is YAML.
      source: { kind: "documents", text: JSON.stringify(job, null, 2) },
      waitSeconds,
      destroy,
    },
    timeoutSeconds: waitSeconds + slackSeconds,
  };
}
