import { z } from "zod";

/** `sha256:<64 hex>`. */
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256:<64 hex digits>");

/** An artifact to pull: by digest, with a token that can pull that repository and nothing else. */
export const artifactRefSchema = z.object({
  /** Base URL of the registry, e.g. `http://127.0.0.1:8080`. */
  registryUrl: z.url(),
  repository: z.string().min(1),
  digest: digestSchema,
  /** Bearer token for the registry, or absent for an anonymous one. */
  token: z.string().optional(),
});

const terraformCommon = {
  /** What the state belongs to: `sandbox` or `component:<name>`. One state and one lock per install and target. */
  target: z.string().min(1),
  artifact: artifactRefSchema,
  /** The version the vendor asked for: exact (`1.11.4`) or a constraint (`~> 1.11`). */
  terraformVersion: z.string().min(1),
  /** Variables by name. Text values are passed as they are (`TF_VAR_` rules: HCL is parsed for non-string variables). */
  vars: z.record(z.string(), z.unknown()),
  /** Contents of var files, in order; a later one wins. */
  varFiles: z.array(z.string()),
  envVars: z.record(z.string(), z.string()),
};

/** Plans a change or, with `destroy`, the removal of everything. Safe to repeat. */
export const terraformPlanSpec = z.object({ kind: z.literal("terraform.plan"), ...terraformCommon, destroy: z.boolean() });

/** Applies exactly the plan with this digest. Never repeated by itself. */
export const terraformApplySpec = z.object({
  kind: z.literal("terraform.apply"),
  ...terraformCommon,
  destroy: z.boolean(),
  plan: z.object({ digest: digestSchema, size: z.number().int().nonnegative() }),
});

export const actionStepSpec = z.object({
  name: z.string().min(1),
  /** A shell command; runs in the source tree when there is one, else in an empty directory. */
  command: z.string().optional(),
  /** Script text; its shebang is honoured, `#!/bin/sh` when there is none. */
  inlineContents: z.string().optional(),
  envVars: z.record(z.string(), z.string()),
  /** The packed source tree of the step's repository. */
  source: artifactRefSchema.optional(),
});

/** Runs a vendor's script: the steps in order, the first failure ends the run. */
export const actionRunSpec = z.object({
  kind: z.literal("action.run"),
  action: z.string().min(1),
  runId: z.string().min(1),
  trigger: z.string().min(1),
  envVars: z.record(z.string(), z.string()),
  steps: z.array(actionStepSpec).min(1),
});

/** What a job does. Adding a kind: a schema here, a handler folder in the runner, a row in its table. */
export const jobSpecSchema = z.discriminatedUnion("kind", [terraformPlanSpec, terraformApplySpec, actionRunSpec]);

export type ArtifactRef = z.infer<typeof artifactRefSchema>;
export type TerraformPlanSpec = z.infer<typeof terraformPlanSpec>;
export type TerraformApplySpec = z.infer<typeof terraformApplySpec>;
export type ActionStepSpec = z.infer<typeof actionStepSpec>;
export type ActionRunSpec = z.infer<typeof actionRunSpec>;
export type JobSpec = z.infer<typeof jobSpecSchema>;
export type JobKind = JobSpec["kind"];

/** Kinds whose repetition changes nothing. A lost job of these is queued again; a lost one of the others waits for its runner to report. */
export const safeToRepeat: Readonly<Record<JobKind, boolean>> = { "terraform.plan": true, "terraform.apply": false, "action.run": false };

/** Kinds that write their target: per install and target at most one of these runs at a time. */
export const writesTarget: Readonly<Record<JobKind, boolean>> = { "terraform.plan": false, "terraform.apply": true, "action.run": false };
