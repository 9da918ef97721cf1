import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import type { Published } from "@berth/oci/artifact";
import { ImageIndex, manifestLimit, parseManifest, type AnyManifest, type Descriptor } from "@berth/oci/manifest";
import type { PushPlace } from "./copy-image.ts";

/**
 * Pushes the one image, or index of images, of an OCI layout on disk: blobs by streaming, a manifest after what it points to, the tag last. Every digest is
 * verified by the registry.
 * @throws AppError `unprocessable` for what is no such layout
 */
export async function pushLayout(input: { dir: string; push: PushPlace; tag: string; signal: AbortSignal }): Promise<Published> {
  const { dir, push, tag, signal } = input;
  const { client, repository } = push;
  const pathOf = (digest: string): string => join(dir, "blobs", "sha256", digest.slice(7));
  const top = topOf(await readSmall(join(dir, "index.json")));

  async function pushManifest(descriptor: Descriptor, reference: string): Promise<Published> {
    const bytes = await readSmall(pathOf(descriptor.digest));
    if (sha256(bytes) !== descriptor.digest)
      throw new AppError("digest_mismatch", `The built image has another manifest than ${descriptor.digest}`);
    const { mediaType } = descriptor;
    await pushParts(parseManifest(bytes, mediaType));
    const { digest } = await client.putManifest({ repository, reference, bytes, mediaType, signal });
    return { digest, size: bytes.length, mediaType };
  }

  async function pushParts(manifest: AnyManifest): Promise<void> {
    if (manifest.kind === "index") {
      for (const child of manifest.value.manifests) await pushManifest(child, child.digest);
      return;
    }
    for (const { digest, size } of [...manifest.value.layers, manifest.value.config])
      await client.putBlob({ repository, digest, size, source: pathOf(digest), signal });
  }

  return pushManifest(top, tag);
}

function topOf(bytes: Buffer): Descriptor {
  const index = ImageIndex.safeParse(JSON.parse(bytes.toString()));
  const [top] = index.success ? index.data.manifests : [];
  if (!index.success || !top || index.data.manifests.length !== 1)
    throw new AppError("unprocessable", "The program that built the image left something else than one image", { reason: "build_failed" });
  return top;
}

async function readSmall(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > manifestLimit) throw new AppError("too_large", `A manifest of the built image has more than ${manifestLimit} bytes`);
  return readFile(path);
}
