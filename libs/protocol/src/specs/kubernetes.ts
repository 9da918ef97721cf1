import { z } from "zod";
import { approvedPlanSchema, artifactRefSchema, clusterSchema, pullSecretSchema } from "./common.ts";

const common = {
  /** `component:<name>`: one inventory of objects per install and target. */
  target: z.string().min(1),
  cluster: clusterSchema,
  /** For namespaced objects that name none. It is made where it does not exist. */
  namespace: z.string().min(1).max(63),
  /** What the objects come from: rendered YAML documents, or a kustomization in an artifact. */
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("documents"), text: z.string() }),
    z.object({
      kind: z.literal("kustomize"),
      artifact: artifactRefSchema,
      /** Directory of the kustomization inside the artifact. */
      path: z.string(),
      /** Patches as YAML, rendered; added to the kustomization. */
      patches: z.array(z.string()),
      enableHelm: z.boolean(),
      loadRestrictor: z.enum(["rootOnly", "none"]),
    }),
  ]),
  /** Waits this long for what was applied to become ready. */
  waitSeconds: z.number().int().positive(),
  /** Written into the namespace before anything else; absent where nobody asks for it. A removal takes away what is there. */
  pullSecret: pullSecretSchema.optional(),
  destroy: z.boolean(),
};

/** Compares objects with those that stand, by a server-side dry run; lists what is pruned or, with `destroy`, what goes. Safe to repeat. */
export const kubernetesPlanSpec = z.object({ kind: z.literal("kubernetes.plan"), ...common });

/** Applies, prunes or deletes exactly what the plan with this digest shows. */
export const kubernetesApplySpec = z.object({ kind: z.literal("kubernetes.apply"), ...common, plan: approvedPlanSchema });

export type KubernetesPlanSpec = z.infer<typeof kubernetesPlanSpec>;
export type KubernetesApplySpec = z.infer<typeof kubernetesApplySpec>;
