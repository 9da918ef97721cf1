import type { JobKind } from "@berth/protocol/job-spec";
import type { ComponentType } from "@berth/toml-schema/app-config";
import type { GeneratedStep } from "./generate.ts";

/** Kinds of jobs that belong together: a plan and what carries it out, or the copy of an image. */
export type JobFamily = "terraform" | "helm" | "kubernetes" | "image";

/** By which jobs components of a type are deployed and removed. Two types of one family can take each other's place. */
export const familyOf: Readonly<Record<Exclude<ComponentType, "pulumi">, JobFamily>> & { pulumi: undefined } = {
  terraform_module: "terraform",
  helm_chart: "helm",
  kubernetes_manifest: "kubernetes",
  job: "kubernetes",
  container_image: "image",
  docker_build: "image",
  pulumi: undefined,
};

const kindsOf: Readonly<Record<JobFamily, { plan: JobKind; apply: JobKind }>> = {
  terraform: { plan: "terraform.plan", apply: "terraform.apply" },
  helm: { plan: "helm.plan", apply: "helm.apply" },
  kubernetes: { plan: "kubernetes.plan", apply: "kubernetes.apply" },
  image: { plan: "image.sync", apply: "image.sync" },
};

/** The kind of job that a step starts. */
export function jobKindOf(step: Pick<GeneratedStep, "kind" | "params">): JobKind {
  // One that waits for health has no job; it needs nothing that an action does not.
  if (step.kind === "action" || step.kind === "component.verify") return "action.run";
  if (step.kind === "component.sync") return "image.sync";
  if (step.kind === "secrets.sync") return "secrets.sync";
  const kinds = kindsOf[step.params.family ?? "terraform"];
  return step.kind.endsWith(".plan") ? kinds.plan : kinds.apply;
}
