import { z } from "zod";
import type { KubernetesContext } from "../config/access.ts";
import { field, name } from "./field.ts";
import { defineKind } from "./kind.ts";

export const contextEntry = z.looseObject({
  name: name("What components and actions name in `kubernetes_context`.", ["compute"]),
  component: name("The Terraform or Pulumi component whose output `cluster` describes the cluster.", ["cluster"]),
});

export const kubernetesContext = defineKind({
  type: "kubernetes-context",
  title: "Kubernetes context",
  description: "One cluster, besides the sandbox's, that components and actions can use.",
  location: "kubernetes_contexts/**/*.toml",
  schema: contextEntry,
  example: `# kubernetes-context
name      = "compute"
component = "cluster"
`,
});

export const kubernetesContexts = defineKind({
  type: "kubernetes-contexts",
  title: "Kubernetes contexts",
  description: "The clusters, besides the sandbox's, that components and actions can use.",
  location: "kubernetes_contexts.toml",
  schema: z.looseObject({ kubernetes_context: field(z.array(contextEntry), "The contexts.").optional() }),
  example: `# kubernetes-contexts
[[kubernetes_context]]
name      = "compute"
component = "cluster"
`,
});

export function normaliseKubernetesContext(raw: z.output<typeof contextEntry>, file: string): KubernetesContext {
  return { file, name: raw.name, component: raw.component };
}
