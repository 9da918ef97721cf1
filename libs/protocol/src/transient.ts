import type { FailureReason } from "./job-result.ts";

/**
 * Reasons that may be gone by themselves a little later: something on the way could not be had, or somebody else was at it. Only these are tried again without a person.
 * What a tool says of the change itself is not among them.
 */
export const transientReasons: ReadonlySet<FailureReason> = new Set<FailureReason>([
  "artifact_unavailable",
  "plan_unavailable",
  "state_locked",
  "state_unavailable",
  "source_unavailable",
  "registry_unavailable",
  "cluster_unavailable",
  "copy_failed",
  "secrets_unavailable",
]);
