import { z } from "zod";
import { digestSchema } from "./specs/common.ts";

/** Why a job did not succeed. Append only: tools and people match on these words. */
export const failureReasons = [
  "terraform_failed",
  "terraform_missing",
  "action_failed",
  "artifact_unavailable",
  "digest_mismatch",
  "plan_unavailable",
  "plan_stale",
  "state_locked",
  "state_unavailable",
  "outputs_invalid",
  "archive_refused",
  "spec_invalid",
  "tool_missing",
  "disk_full",
  "cancelled",
  "timed_out",
  "runner_lost",
  "runner_rejected",
  "template_failed",
  "internal",
  "source_unavailable",
  "source_refused",
  "registry_unavailable",
  "build_failed",
  "denied",
  "helm_failed",
  "release_locked",
  "kubernetes_failed",
  "not_ready",
  "cluster_unavailable",
  "signature_invalid",
  "copy_failed",
  "approval_expired",
  "secrets_missing",
  "secrets_refused",
  "secrets_unavailable",
] as const;

export const failureSchema = z.object({
  reason: z.enum(failureReasons),
  /** One or a few sentences or the tool's own error block, redacted: what happened, to what, what to do next. At most 16 kB. */
  detail: z.string().max(16_384),
  exitCode: z.number().int().optional(),
  signal: z.string().optional(),
});

/** One Terraform output or one key of an action's output file. */
export const outputSchema = z.object({ value: z.unknown(), sensitive: z.boolean() });

/** Kinds of warnings about a plan. Append only. */
export const planWarningCodes = ["deletes_data", "replaces", "opens_to_internet", "downgrades", "other"] as const;

export const planWarningSchema = z.object({
  code: z.enum(planWarningCodes),
  /** The object it is about. */
  address: z.string().max(1024),
  message: z.string().max(1024),
});

/** What a plan would do, without its values. */
export const planSummarySchema = z.object({
  /** Digest of the plan file's bytes: what an approval names and an apply must find. */
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  hasChanges: z.boolean(),
  create: z.number().int().nonnegative(),
  update: z.number().int().nonnegative(),
  replace: z.number().int().nonnegative(),
  delete: z.number().int().nonnegative(),
  /** Objects that are otherwise than they were left, whether the plan changes them or not. Left out where there are none. */
  drifted: z.number().int().positive().optional(),
  /** Names of outputs that change. */
  outputsChanged: z.array(z.string()),
  /** What a person should know before approving: data that goes, downgrades, what opens to the internet. */
  warnings: z.array(planWarningSchema).max(100).optional(),
  /** Serial and lineage of the state it was made from; absent where there was no state. */
  stateSerial: z.number().int().optional(),
  stateLineage: z.string().optional(),
});

export const jobResultSchema = z.object({
  outcome: z.enum(["succeeded", "failed", "cancelled", "timed_out"]),
  failure: failureSchema.optional(),
  outputs: z.record(z.string(), outputSchema).optional(),
  plan: planSummarySchema.optional(),
  /** Per step of an action: how it ended. */
  steps: z
    .array(
      z.object({
        name: z.string(),
        exitCode: z.number().int().optional(),
        durationMs: z.number().nonnegative(),
        outputs: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
  /** Total bytes of the job's log; the stream is complete when the control plane holds them all. */
  logBytes: z.number().int().nonnegative(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});

export type FailureReason = (typeof failureReasons)[number];
export type Failure = z.infer<typeof failureSchema>;
export type PlanWarning = z.infer<typeof planWarningSchema>;
export type Output = z.infer<typeof outputSchema>;
export type PlanSummary = z.infer<typeof planSummarySchema>;
export type JobResult = z.infer<typeof jobResultSchema>;
