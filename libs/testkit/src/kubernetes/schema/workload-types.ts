import type { TypeTable } from "./read-types.ts";

/** Types of what runs pods. */
export const workloadTypes: TypeTable = {
  DeploymentSpec: [
    "replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds: integer",
    "paused: boolean",
    "selector: LabelSelector!",
    "template: PodTemplateSpec",
    "strategy: Strategy",
  ],
  Strategy: ["type: string", "rollingUpdate: RollingUpdate"],
  RollingUpdate: ["maxSurge maxUnavailable: intOrString", "partition: integer"],
  StatefulSetSpec: [
    "replicas minReadySeconds revisionHistoryLimit: integer",
    "serviceName podManagementPolicy: string",
    "selector: LabelSelector!",
    "template: PodTemplateSpec",
    "volumeClaimTemplates: []PersistentVolumeClaim",
    "updateStrategy: Strategy",
    "persistentVolumeClaimRetentionPolicy ordinals: any",
  ],
  DaemonSetSpec: [
    "minReadySeconds revisionHistoryLimit: integer",
    "selector: LabelSelector!",
    "template: PodTemplateSpec",
    "updateStrategy: Strategy",
  ],
  ReplicaSetSpec: ["replicas minReadySeconds: integer", "selector: LabelSelector!", "template: PodTemplateSpec"],
  WorkloadStatus: [
    "replicas readyReplicas availableReplicas unavailableReplicas updatedReplicas currentReplicas fullyLabeledReplicas: integer",
    "terminatingReplicas collisionCount observedGeneration: integer",
    "currentNumberScheduled desiredNumberScheduled numberAvailable numberMisscheduled numberReady numberUnavailable: integer",
    "updatedNumberScheduled: integer",
    "currentRevision updateRevision: string",
    "conditions: [type]Condition",
  ],
  JobSpec: [
    "parallelism completions activeDeadlineSeconds backoffLimit backoffLimitPerIndex maxFailedIndexes ttlSecondsAfterFinished: integer",
    "suspend manualSelector: boolean",
    "completionMode podReplacementPolicy managedBy: string",
    "selector: LabelSelector!",
    "template: PodTemplateSpec",
    "podFailurePolicy successPolicy: any",
  ],
  JobStatus: [
    "active succeeded failed ready terminating: integer",
    "startTime completionTime completedIndexes failedIndexes: string",
    "conditions: [type]Condition",
    "uncountedTerminatedPods: any",
  ],
  CronJobSpec: [
    "schedule timeZone concurrencyPolicy: string",
    "suspend: boolean",
    "startingDeadlineSeconds successfulJobsHistoryLimit failedJobsHistoryLimit: integer",
    "jobTemplate: JobTemplateSpec",
  ],
  JobTemplateSpec: ["metadata: ObjectMeta", "spec: JobSpec"],
};
