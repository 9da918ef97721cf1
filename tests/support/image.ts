import { sha256 } from "@berth/kit/digest";
import { createRegistryClient } from "@berth/oci/client";

/** Puts a small image into a registry under some tags, as a vendor does. @returns its digest */
export async function pushTinyImage(input: { url: string; repository: string; tags: readonly string[] }): Promise<string> {
  const { repository } = input;
  const client = createRegistryClient({ url: input.url });
  const put = async (bytes: Buffer, mediaType: string) => {
    const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
    await client.putBlob({ repository, ...descriptor, source: bytes });
    return descriptor;
  };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const config = await put(Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux" })), "application/vnd.oci.image.config.v1+json");
  const layers = [await put(Buffer.alloc(100_000, "layer"), "application/vnd.oci.image.layer.v1.tar")];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  for (const reference of input.tags) await client.putManifest({ repository, reference, bytes, mediaType });
  return sha256(bytes);
}
