import { z } from "zod";
import { approvedPlanSchema, artifactRefSchema } from "./common.ts";

const common = {
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
  destroy: z.boolean(),
};

/** Plans a change or, with `destroy`, the removal of everything. Safe to repeat. */
export const terraformPlanSpec = z.object({ kind: z.literal("terraform.plan"), ...common });

/** Applies exactly the plan with this digest. Never repeated by itself. */
export const terraformApplySpec = z.object({ kind: z.literal("terraform.apply"), ...common, plan: approvedPlanSchema });

export type TerraformPlanSpec = z.infer<typeof terraformPlanSpec>;
export type TerraformApplySpec = z.infer<typeof terraformApplySpec>;
