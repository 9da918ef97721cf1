import { z } from "zod";
import { artifactRefSchema } from "./common.ts";

/**
 * Makes a container image available to an install: copies it, with every platform and its referrers, to the install's registry (`source.mirror`); without one
 * it only checks that it is there. With `destroy` it takes away the tag that an earlier copy has set. Safe to repeat.
 */
export const imageSyncSpec = z.object({
  kind: z.literal("image.sync"),
  /** `component:<name>`. */
  target: z.string().min(1),
  /** The image that the build made, by digest. */
  source: artifactRefSchema,
  /** The host from which clusters pull it where the install has no registry of its own, e.g. `registry.example.org`. */
  publicHost: z.string().min(1),
  /** The tag set at the copy, unique to the build. */
  tag: z.string().min(1).max(128),
  /** The tag that people know the image by, e.g. `1.27.3`. */
  displayTag: z.string().max(128).optional(),
  destroy: z.boolean(),
});

export type ImageSyncSpec = z.infer<typeof imageSyncSpec>;
