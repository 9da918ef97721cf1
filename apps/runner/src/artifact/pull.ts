import { AppError, messageOf } from "@berth/kit/errors";
import { pullArtifact } from "@berth/oci/artifact";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { locateArtifact } from "./locate.ts";
import { patiently } from "./patiently.ts";

/**
 * Pulls an artifact by digest into an empty or new directory, from the install's registry where it has one. Waits up to two minutes for a registry that is away.
 * @throws JobFailure `digest_mismatch`, `archive_refused` (naming the limit or rule), `artifact_unavailable` or `copy_failed`
 */
export async function pullFiles(ctx: JobContext, artifact: ArtifactRef, dir: string): Promise<void> {
  await pullFrom(ctx, artifact, async ({ client, repository, digest }) => {
    await pullArtifact({ client, repository, digest, dir, signal: ctx.signal });
  });
}

/** Pulls with patience from where an artifact is: work that fails because the registry is away is done again. @throws JobFailure as {@link pullFiles} */
export async function pullFrom(
  ctx: JobContext,
  artifact: ArtifactRef,
  work: (at: Awaited<ReturnType<typeof locateArtifact>>) => Promise<void>,
): Promise<void> {
  try {
    const at = await locateArtifact(ctx, artifact);
    await patiently(ctx, () => work(at));
  } catch (error) {
    if (error instanceof JobFailure) throw error;
    if (ctx.signal.aborted) throw new JobFailure("artifact_unavailable", "");
    throw failureOf(error, artifact);
  }
}

function failureOf(error: unknown, artifact: ArtifactRef): JobFailure {
  const what = `${artifact.repository}@${artifact.digest}`;
  if (!(error instanceof AppError)) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return new JobFailure("disk_full", `No space left while unpacking ${what}.`);
    return new JobFailure("artifact_unavailable", `${what} could not be pulled: ${messageOf(error)}`);
  }
  if (error.code === "digest_mismatch") return new JobFailure("digest_mismatch", `${what} is not what was built: ${error.message}`);
  if (error.code === "too_large" || error.code === "unprocessable") return new JobFailure("archive_refused", error.message);
  return new JobFailure("artifact_unavailable", `${what} could not be pulled from ${artifact.registryUrl}: ${error.message}`);
}
