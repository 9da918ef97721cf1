import { AppError } from "@berth/kit/errors";
import { failureReasons, type FailureReason } from "@berth/protocol/job-result";

/** What a builder was doing when it failed. */
export type BuildStage = "source" | "pack" | "publish";

export type BuildFailure = { reason: FailureReason; detail: string };

const longestDetail = 4000;

/** A build's failure as data. Errors that nobody foresaw tell nothing of their insides. */
export function explainFailure(error: unknown, stage: BuildStage): BuildFailure {
  if (isNodeError(error) && error.code === "ENOSPC") {
    return { reason: "disk_full", detail: "The builder's disk is full. Free some space there, then retry the build." };
  }
  if (!(error instanceof AppError))
    return { reason: "internal", detail: "The builder failed unexpectedly; its own log tells more. Retry the build." };
  return { reason: reasonOf(error, stage), detail: error.message.slice(0, longestDetail) };
}

function reasonOf(error: AppError, stage: BuildStage): FailureReason {
  // Who throws it may know better than the stage tells.
  const own = failureReasons.find((reason) => reason === error.meta["reason"]);
  if (own) return own;
  if (error.code === "digest_mismatch") return "digest_mismatch";
  switch (stage) {
    case "source":
      if (error.code === "upstream_failed") return "source_unavailable";
      return error.code === "unavailable" ? "tool_missing" : "source_refused";
    case "pack":
      return "archive_refused";
    case "publish":
      return "registry_unavailable";
  }
}

/** Whether trying again shortly may help. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  return (
    error.meta["transient"] === true || error.code === "rate_limited" || (error.code === "unavailable" && error.meta["transient"] !== false)
  );
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
