import type { FailureReason } from "@berth/protocol/job-result";

/** Ends of an apply or a copy that are found before it changes anything that stands. */
export const harmless: ReadonlySet<FailureReason> = new Set<FailureReason>([
  "plan_stale",
  "plan_unavailable",
  "digest_mismatch",
  "artifact_unavailable",
  "archive_refused",
  "spec_invalid",
  "tool_missing",
  "terraform_missing",
  "state_locked",
  "runner_rejected",
  "release_locked",
  "registry_unavailable",
  "copy_failed",
  "signature_invalid",
]);
