import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "@berth/kit/errors";
import { backoffMs } from "@berth/kit/retry";
import { pullArtifact } from "@berth/oci/artifact";
import { createRegistryClient, type RegistryClient } from "@berth/oci/client";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { createPullFetch } from "../net/pull-fetch.ts";

const patienceMs = 120_000;

/**
 * Pulls an artifact by digest into an empty or new directory. Waits up to two minutes for a registry that is away.
 * @throws JobFailure `digest_mismatch`, `archive_refused` (naming the limit or rule) or `artifact_unavailable`
 */
export async function pullFiles(ctx: JobContext, artifact: ArtifactRef, dir: string): Promise<void> {
  await withRegistry(ctx, artifact, async (client, repository) => {
    await pullArtifact({ client, repository, digest: artifact.digest, dir, signal: ctx.signal });
  });
}

/** Pulls with patience: work that fails because the registry is away is done again, for two minutes. @throws JobFailure */
export async function withRegistry(
  ctx: JobContext,
  artifact: ArtifactRef,
  work: (client: RegistryClient, repository: string) => Promise<void>,
): Promise<void> {
  const client = createRegistryClient({
    url: artifact.registryUrl,
    fetch: createPullFetch(ctx.config.net),
    ...(artifact.token === undefined ? {} : { auth: { token: artifact.token } }),
  });
  const giveUpAt = Date.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      await work(client, artifact.repository);
      return;
    } catch (error) {
      if (ctx.signal.aborted) throw new JobFailure("artifact_unavailable", "");
      if (error instanceof JobFailure) throw error;
      const away = error instanceof AppError && (error.code === "unavailable" || error.code === "rate_limited");
      if (!away || Date.now() > giveUpAt) throw failureOf(error, artifact);
      await ctx.spool.line(`[berth] the registry is away, trying again: ${messageOf(error)}`);
      await sleep(backoffMs({ baseMs: 1000, capMs: 10_000 }, attempt), undefined, { signal: ctx.signal }).catch(() => {});
    }
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
