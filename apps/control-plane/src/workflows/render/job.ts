import { namespaceOf, objectName } from "./names.ts";
import type { ComponentOf, Specified, SpecInput } from "./spec-of.ts";
import { timeLimit, withPreparation } from "./time-limit.ts";

/**
 * The plan of a job that runs once per deploy: a Job of Kubernetes with a name of its own for every workflow and every plan in it, so that it is a new
 * one each time, also in a retry, and the one before goes.
 */
export function jobSpec(input: SpecInput<ComponentOf<"job">>): Specified {
  const { entity, render } = input;
  const waitSeconds = timeLimit(entity.deployTimeoutSeconds, 900);
  return {
    spec: {
      kind: "kubernetes.plan",
      target: input.target,
      cluster: input.cluster(),
      namespace: namespaceOf(render, "{{ .nuon.install.id }}"),
      // JSON is YAML, and needs no care with quotes.
      source: { kind: "documents", text: `${JSON.stringify(jobDocument(input), null, 2)}\n` },
      waitSeconds,
      destroy: input.destroy,
    },
    timeoutSeconds: withPreparation(waitSeconds),
  };
}

/** Names of jobs become labels of pods, with a few characters of the cluster's behind them. */
const longestName = 57;

function jobDocument(input: SpecInput<ComponentOf<"job">>): unknown {
  const { entity, render, workflowId, attempt } = input;
  const suffix = `${workflowId.slice(-8)}${attempt > 1 ? `-${attempt}` : ""}`;
  const name = objectName(entity.name, longestName - suffix.length - 1);
  const command = entity.cmd.map((text, index) => render.text(text, `cmd, word ${index + 1}`));
  const args = entity.args.map((text, index) => render.text(text, `args, word ${index + 1}`));
  const env = Object.entries(render.map(entity.envVars, "env_vars")).map(([key, value]) => ({ name: key, value }));
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "berth" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `${name}-${suffix}`, labels },
    spec: {
      // It runs once: what it did before it failed is for a person to judge.
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          ...(input.entity.imagePullSecret ? { imagePullSecrets: [{ name: "berth-registry" }] } : {}),
          containers: [
            {
              name: "job",
              image: imageOf(render.text(entity.imageUrl, "image_url"), render.text(entity.tag, "tag")),
              ...(command.length > 0 ? { command } : {}),
              ...(args.length > 0 ? { args } : {}),
              ...(env.length > 0 ? { env } : {}),
            },
          ],
        },
      },
    },
  };
}

/** A tag may be a digest. */
function imageOf(url: string, tag: string): string {
  return tag.startsWith("sha256:") ? `${url}@${tag}` : `${url}:${tag}`;
}
