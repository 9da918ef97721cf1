import { isDigest } from "@berth/oci/reference";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { refusal } from "./refusal.ts";

/** GET and HEAD of a manifest by tag or digest: the bytes as they were pushed. */
export async function getManifest(
  deps: RegistryDeps,
  request: RegistryRequest,
  input: { repository: string; reference: string },
): Promise<Response> {
  const { repository, reference } = input;
  const byTag = deps.db.selectFrom("registry_tags").select("digest").where("repository", "=", repository).where("tag", "=", reference);
  const found = await deps.db
    .selectFrom("registry_manifests")
    .select(["digest", "media_type", "content"])
    .where("repository", "=", repository)
    .where("digest", "=", isDigest(reference) ? reference : byTag)
    .executeTakeFirst();
  if (!found) throw refusal("MANIFEST_UNKNOWN", "The repository has no such manifest");
  const headers = {
    "content-type": found.media_type,
    "content-length": String(found.content.length),
    "docker-content-digest": found.digest,
    etag: `"${found.digest}"`,
  };
  return new Response(request.raw.method === "HEAD" ? null : new Uint8Array(found.content), { headers });
}
