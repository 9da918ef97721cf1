import type { TypeTable } from "./read-types.ts";

/** Types of `meta/v1`. */
export const metaTypes: TypeTable = {
  ObjectMeta: [
    "name namespace generateName uid resourceVersion creationTimestamp deletionTimestamp selfLink: string",
    "generation deletionGracePeriodSeconds: integer",
    "labels annotations: {}string",
    "finalizers: [set]string",
    "ownerReferences: [uid]OwnerReference!",
    "managedFields: []any",
  ],
  OwnerReference: ["apiVersion kind name uid: string", "controller blockOwnerDeletion: boolean"],
  LabelSelector: ["matchLabels: {}string", "matchExpressions: []LabelSelectorRequirement"],
  LabelSelectorRequirement: ["key operator: string", "values: []string"],
  Condition: ["type status reason message lastTransitionTime lastProbeTime lastUpdateTime: string", "observedGeneration: integer"],
};
