import type { RegistryClient } from "@berth/oci/client";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import type { JobContext } from "../handlers/handler.ts";
import { openSource } from "./open-source.ts";

/** Where to pull an artifact from. */
export type Located = { client: RegistryClient; repository: string; digest: string; /** For messages. */ host: string };

/**
 * The place to pull an artifact from: the install's registry where it has one, after a copy to there, else the one it was built into.
 * @throws JobFailure `copy_failed`, `digest_mismatch`
 */
export async function locateArtifact(ctx: JobContext, artifact: ArtifactRef): Promise<Located> {
  const { digest, mirror } = artifact;
  if (!mirror)
    return { client: openSource(ctx, artifact), repository: artifact.repository, digest, host: new URL(artifact.registryUrl).host };
  const { copyToMirror } = await import("./copy-to-mirror.ts");
  // A tag keeps it from those who clean up what has none.
  const { registry } = await copyToMirror(ctx, { artifact, mirror, tag: `berth-${digest.slice(7, 19)}`, unlessThere: true });
  return { client: registry.client, repository: registry.repository, digest, host: registry.host };
}
