import { AppError, messageOf } from "@berth/kit/errors";
import { copyImage, type Copied } from "@berth/oci/copy";
import type { ArtifactRef, InstallRegistry } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { openInstallRegistry, type OpenInstallRegistry } from "../registry/open-registry.ts";
import { openSource } from "./open-source.ts";
import { patiently } from "./patiently.ts";
import { createProgressTeller, formatBytes } from "./tell-progress.ts";
import { keepYoungSpaceSmall } from "./young-space.ts";

/** Where the copy is, and what the registry says of its manifest. */
export type Mirrored = { registry: OpenInstallRegistry; size: number; mediaType: string };

/**
 * Copies an artifact or image, with what refers to it, to the install's registry under a tag; what is there is not sent again.
 * @param input.unlessThere does nothing where the manifest is there, whatever its tags
 * @throws JobFailure `copy_failed` naming source, target and what to do, `digest_mismatch` for bytes that are not what was built
 */
export async function copyToMirror(
  ctx: JobContext,
  input: { artifact: ArtifactRef; mirror: InstallRegistry; tag: string; unlessThere: boolean },
): Promise<Mirrored> {
  const { artifact, mirror, tag } = input;
  const source = { client: openSource(ctx, artifact), repository: artifact.repository, reference: artifact.digest };
  const tell = createProgressTeller((line) => void ctx.spool.line(line));
  keepYoungSpaceSmall();
  try {
    return await patiently(ctx, async () => {
      const registry = await openInstallRegistry(ctx, mirror);
      const { client, repository, host } = registry;
      // Creating a repository needs more rights than pushing to it, so it is asked for only where something must be pushed.
      const there = await client.headManifest({ repository, reference: artifact.digest, signal: ctx.signal });
      if (there && input.unlessThere) return { registry, size: there.size, mediaType: there.mediaType };
      if (!there) {
        await registry.ensureRepository();
        await ctx.spool.line(`[berth] copying ${artifact.repository}@${artifact.digest} to ${host}/${repository}`);
      }
      const copied = await copyImage({
        source,
        target: { client, repository, tag },
        referrers: true,
        signal: ctx.signal,
        freeSent: true,
        onProgress: tell,
      });
      await ctx.spool.line(`[berth] ${lastWord(copied)} in ${host}/${repository}:${tag}`);
      return { registry, size: copied.size, mediaType: copied.mediaType };
    });
  } catch (error) {
    throw failureOf(error, input);
  }
}

function lastWord({ bytes, sentBytes, blobs, referrers }: Copied): string {
  const sent = blobs.sent === 0 ? "everything was there already" : `${formatBytes(sentBytes)} sent in ${blobs.sent} layers and configs`;
  const kept = blobs.sent > 0 && blobs.present + blobs.mounted > 0 ? `, ${blobs.present + blobs.mounted} were there already` : "";
  const more = referrers > 0 ? `, ${referrers} signatures, SBOMs or attestations with it` : "";
  return `${formatBytes(bytes)}: ${sent}${kept}${more};`;
}

function failureOf(error: unknown, input: { artifact: ArtifactRef; mirror: InstallRegistry }): Error {
  const { artifact, mirror } = input;
  const [from, to] = [new URL(artifact.registryUrl).host, new URL(mirror.url).host];
  const what = `${from}/${artifact.repository}@${artifact.digest}`;
  if (error instanceof AppError && error.code === "digest_mismatch")
    return new JobFailure("digest_mismatch", `${what} is not what was built: ${error.message}`);
  return new JobFailure(
    "copy_failed",
    `${what} could not be copied to ${to}/${mirror.repository}: ${messageOf(error)}. ${wayOut(error, { from, to, mirror })}`,
  );
}

function wayOut(error: unknown, { from, to, mirror }: { from: string; to: string; mirror: InstallRegistry }): string {
  const code = error instanceof AppError ? error.code : undefined;
  const about = error instanceof Error ? error.message : "";
  if ((code === "unauthenticated" || code === "forbidden") && !about.includes(from)) {
    const identity = mirror.kind === "plain" ? "the credentials in the sandbox's outputs" : "the runner's own cloud identity";
    return `Let ${identity} pull from, push to${mirror.kind === "ecr" ? ", create" : ""} this repository at ${to}, then retry.`;
  }
  if (code === "unavailable" || code === "rate_limited")
    return `Check that the runner reaches ${from} and ${to}, then retry: what has arrived is kept.`;
  if (code === "not_found") return "Build the component again, then retry.";
  return "Retry; what has arrived is kept.";
}
