import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { ArtifactRef } from "@berth/protocol/job-spec";
import { JobFailure, type JobContext } from "../handlers/handler.ts";
import { pullFrom } from "./pull.ts";

/** Media type of a chart's archive, as `helm push` stores it. */
const chartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const mostBytes = 256 * 1024 * 1024;

/**
 * Pulls a Helm chart by digest into a file; every byte is verified on the way.
 * @throws JobFailure `digest_mismatch`, `archive_refused` for what is no chart, or `artifact_unavailable`
 */
export async function pullChart(ctx: JobContext, artifact: ArtifactRef, path: string): Promise<void> {
  await pullFrom(ctx, artifact, async ({ client, repository, digest }) => {
    const { manifest } = await client.getManifest({ repository, reference: digest, signal: ctx.signal });
    const layer = manifest.kind === "image" ? manifest.value.layers.find(({ mediaType }) => mediaType === chartLayer) : undefined;
    if (!layer) throw new JobFailure("archive_refused", `${repository}@${digest} is no Helm chart`);
    if (layer.size > mostBytes)
      throw new JobFailure("archive_refused", `The chart has ${layer.size} bytes; at most ${mostBytes} are taken`);
    const bytes = await client.getBlob({ repository, digest: layer.digest, size: layer.size, signal: ctx.signal });
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }), { signal: ctx.signal });
  });
}
