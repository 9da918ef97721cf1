import { AppError, messageOf } from "@berth/kit/errors";
import type { Output } from "@berth/protocol/job-result";
import type { ImageSyncSpec } from "@berth/protocol/job-spec";
import { copyToMirror } from "../../artifact/copy-to-mirror.ts";
import { openSource } from "../../artifact/open-source.ts";
import { patiently } from "../../artifact/patiently.ts";
import { JobFailure, type Handler, type JobContext } from "../handler.ts";
import { removeTag } from "./remove-tag.ts";

/** Makes an image available to an install: in its own registry, where it has one, or in the vendor's. */
export const runSync: Handler<ImageSyncSpec> = async (ctx, spec) => {
  const { source, tag } = spec;
  const { mirror } = source;
  if (spec.destroy) {
    if (mirror) await removeTag(ctx, { mirror, tag });
    else await ctx.spool.line("[berth] the image is in the vendor's registry alone; there is nothing to take away");
    return {};
  }
  if (!mirror) {
    const { mediaType, size } = await findAtVendor(ctx, spec);
    return { outputs: outputsOf({ spec, host: spec.publicHost, repository: source.repository, mediaType, size }) };
  }
  const { registry, size, mediaType } = await copyToMirror(ctx, { artifact: source, mirror, tag, unlessThere: false });
  return { outputs: outputsOf({ spec, host: registry.host, repository: registry.repository, mediaType, size }) };
};

async function findAtVendor(ctx: JobContext, spec: ImageSyncSpec): Promise<{ mediaType: string; size: number }> {
  const { repository, digest } = spec.source;
  const client = openSource(ctx, spec.source);
  const what = `${spec.publicHost}/${repository}@${digest}`;
  try {
    const found = await patiently(ctx, () => client.headManifest({ repository, reference: digest, signal: ctx.signal }));
    if (!found) throw new AppError("not_found", "it is not there. Build the component again");
    await ctx.spool.line(`[berth] the install has no registry of its own: clusters pull ${what}`);
    return found;
  } catch (error) {
    throw new JobFailure("artifact_unavailable", `The image ${what} can't be used: ${messageOf(error)}`);
  }
}

function outputsOf(input: {
  spec: ImageSyncSpec;
  host: string;
  repository: string;
  mediaType: string;
  size: number;
}): Record<string, Output> {
  const { spec, host } = input;
  const { digest } = spec.source;
  const repository = `${host}/${input.repository}`;
  const image = {
    ref: `${repository}@${digest}`,
    repository,
    tag: spec.tag,
    display_tag: spec.displayTag ?? spec.tag,
    registry: host,
    digest,
    media_type: input.mediaType,
    size: input.size,
  };
  return { image: { value: image, sensitive: false } };
}
