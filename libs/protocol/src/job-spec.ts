import { z } from "zod";
import { actionRunSpec } from "./specs/action.ts";
import { healthProbeSpec } from "./specs/health.ts";
import { helmApplySpec, helmPlanSpec } from "./specs/helm.ts";
import { imageSyncSpec } from "./specs/image.ts";
import { kubernetesApplySpec, kubernetesPlanSpec } from "./specs/kubernetes.ts";
import { secretsSyncSpec } from "./specs/secrets.ts";
import { terraformApplySpec, terraformPlanSpec } from "./specs/terraform.ts";

export { clusterSchema, digestSchema, installRegistrySchema } from "./specs/common.ts";
export type { ArtifactRef, Cluster, InstallRegistry, PullSecret } from "./specs/common.ts";
export type { ActionRunSpec, ActionStepSpec } from "./specs/action.ts";
export type { HealthProbeSpec } from "./specs/health.ts";
export type { HelmApplySpec, HelmPlanSpec } from "./specs/helm.ts";
export type { ImageSyncSpec } from "./specs/image.ts";
export type { KubernetesApplySpec, KubernetesPlanSpec } from "./specs/kubernetes.ts";
export type { SecretsSyncSpec } from "./specs/secrets.ts";
export type { TerraformApplySpec, TerraformPlanSpec } from "./specs/terraform.ts";

/** What a job does. Adding a kind: a schema in `specs/`, rows in the tables below, a handler folder in the runner, a row in its table. */
export const jobSpecSchema = z.discriminatedUnion("kind", [
  terraformPlanSpec,
  terraformApplySpec,
  helmPlanSpec,
  helmApplySpec,
  kubernetesPlanSpec,
  kubernetesApplySpec,
  imageSyncSpec,
  actionRunSpec,
  secretsSyncSpec,
  healthProbeSpec,
]);

export type JobSpec = z.infer<typeof jobSpecSchema>;
export type JobKind = JobSpec["kind"];

/** Kinds that end with a plan; the apply kind of the same family carries it out. */
export type PlanKind = Extract<JobKind, `${string}.plan`>;
export type ApplyKind = Extract<JobKind, `${string}.apply`>;

/** What is known of a kind of job without its spec. */
export type KindFacts = {
  /** Its repetition changes nothing: a lost job of it is queued again; a lost one of the others waits for its runner to report. */
  safeToRepeat: boolean;
  /** It writes its target: per install and target at most one of these runs at a time. */
  writesTarget: boolean;
  /** It makes a plan, or carries one out. */
  plan?: "makes" | "applies";
  /** Programs the runner must have; one that it can install by itself is not among them. */
  tools: readonly ToolName[];
};

/** Programs that runners look for and tell of. */
export const toolNames = ["terraform", "tofu", "helm", "kubectl", "pulumi"] as const;
export type ToolName = (typeof toolNames)[number];

export const jobKinds: Readonly<Record<JobKind, KindFacts>> = {
  "terraform.plan": { safeToRepeat: true, writesTarget: false, plan: "makes", tools: [] },
  "terraform.apply": { safeToRepeat: false, writesTarget: true, plan: "applies", tools: [] },
  "helm.plan": { safeToRepeat: true, writesTarget: false, plan: "makes", tools: ["helm", "kubectl"] },
  "helm.apply": { safeToRepeat: false, writesTarget: true, plan: "applies", tools: ["helm", "kubectl"] },
  "kubernetes.plan": { safeToRepeat: true, writesTarget: false, plan: "makes", tools: ["kubectl"] },
  "kubernetes.apply": { safeToRepeat: false, writesTarget: true, plan: "applies", tools: ["kubectl"] },
  "image.sync": { safeToRepeat: true, writesTarget: true, tools: [] },
  "action.run": { safeToRepeat: false, writesTarget: false, tools: [] },
  // Needs kubectl only where something goes into a cluster; its step tells.
  "secrets.sync": { safeToRepeat: true, writesTarget: true, tools: ["kubectl"] },
  "health.probe": { safeToRepeat: true, writesTarget: false, tools: [] },
};
