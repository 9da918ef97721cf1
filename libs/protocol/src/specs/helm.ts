import { z } from "zod";
import { approvedPlanSchema, artifactRefSchema, clusterSchema, pullSecretSchema } from "./common.ts";

const common = {
  /** `component:<name>`: one release per install and target. */
  target: z.string().min(1),
  /** The chart as `helm push` stores it, dependencies inside. */
  artifact: artifactRefSchema,
  cluster: clusterSchema,
  releaseName: z.string().min(1).max(53),
  namespace: z.string().min(1).max(63),
  /** YAML documents, in order; a later one wins. */
  valuesFiles: z.array(z.string()),
  /** Dotted keys as `--set` takes them; they win over the files. */
  set: z.record(z.string(), z.string()),
  /** YAML documents of this install alone, in order; they win over everything. */
  overrides: z.array(z.string()),
  storageDriver: z.enum(["secret", "configmap"]),
  takeOwnership: z.boolean(),
  /** Waits this long for hooks and readiness. */
  waitSeconds: z.number().int().positive(),
  /** Goes back to the release before when the new one fails. */
  atomic: z.boolean(),
  /** Runs the chart's tests, where it has any, after the release is ready. */
  runTests: z.boolean(),
  /** Written into the namespace before anything else; absent where nobody asks for it. A removal takes away what is there. */
  pullSecret: pullSecretSchema.optional(),
  destroy: z.boolean(),
};

/** Renders a release and compares it with the one that stands or, with `destroy`, lists what goes. Safe to repeat. */
export const helmPlanSpec = z.object({ kind: z.literal("helm.plan"), ...common });

/** Installs, upgrades or uninstalls exactly what the plan with this digest shows. */
export const helmApplySpec = z.object({ kind: z.literal("helm.apply"), ...common, plan: approvedPlanSchema });

export type HelmPlanSpec = z.infer<typeof helmPlanSpec>;
export type HelmApplySpec = z.infer<typeof helmApplySpec>;
