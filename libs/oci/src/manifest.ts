import { AppError } from "@berth/kit/errors";
import { z } from "zod";
import { mediaTypes } from "./media-types.ts";
import { isDigest } from "./reference.ts";

/** The largest manifest that is read or stored, in bytes. */
export const manifestLimit = 4 * 1024 * 1024;

const annotations = z.record(z.string(), z.string());
const digest = z.string().refine(isDigest, "must be sha256:<64 hex digits>");

export const Descriptor = z.looseObject({
  mediaType: z.string().min(1).max(255),
  digest,
  size: z.int().nonnegative(),
  annotations: annotations.optional(),
  artifactType: z.string().max(255).optional(),
});
/** What points to content: its type, digest and size in bytes. */
export type Descriptor = z.infer<typeof Descriptor>;

const shared = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(255).optional(),
  subject: Descriptor.optional(),
  annotations: annotations.optional(),
};

export const ImageManifest = z.looseObject({ ...shared, config: Descriptor, layers: z.array(Descriptor).max(10_000) });
/** One image or artifact: a config and layers. */
export type ImageManifest = z.infer<typeof ImageManifest>;

export const ImageIndex = z.looseObject({ ...shared, manifests: z.array(Descriptor).max(10_000) });
/** A list of manifests, e.g. one per platform. */
export type ImageIndex = z.infer<typeof ImageIndex>;

/** A parsed manifest of either shape. */
export type AnyManifest = { kind: "image"; value: ImageManifest } | { kind: "index"; value: ImageIndex };

/**
 * Parses the bytes of a manifest of the given media type.
 * @throws AppError `unprocessable` where the bytes are not a manifest of that type, or where the `mediaType` inside names another one
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): AnyManifest {
  const refuse = (why: string): AppError => new AppError("unprocessable", `The manifest is not valid: ${why}`, { mediaType });
  const json = parseJson(bytes);
  if (json === undefined) throw refuse("it is not JSON");
  switch (mediaType) {
    case mediaTypes.manifest:
    case mediaTypes.dockerManifest: {
      const parsed = ImageManifest.safeParse(json);
      if (!parsed.success) throw refuse(firstIssue(parsed.error));
      // Bytes that read as both shapes could be checked as one and used as the other.
      if ("manifests" in parsed.data) throw refuse("it has layers and manifests at once");
      if (parsed.data.mediaType !== undefined && parsed.data.mediaType !== mediaType)
        throw refuse("its mediaType field differs from its type");
      return { kind: "image", value: parsed.data };
    }
    case mediaTypes.index:
    case mediaTypes.dockerIndex: {
      const parsed = ImageIndex.safeParse(json);
      if (!parsed.success) throw refuse(firstIssue(parsed.error));
      if ("layers" in parsed.data || "config" in parsed.data) throw refuse("it has layers and manifests at once");
      if (parsed.data.mediaType !== undefined && parsed.data.mediaType !== mediaType)
        throw refuse("its mediaType field differs from its type");
      return { kind: "index", value: parsed.data };
    }
    default:
      throw refuse(`the media type ${JSON.stringify(mediaType.slice(0, 100))} is not supported`);
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join(".") || "it"}: ${issue.message}` : "unknown shape";
}
