import { isDigest } from "@berth/oci/reference";
import type { RegistryDeps } from "./deps.ts";
import { refusal } from "./refusal.ts";

/** DELETE by digest removes the manifest and its tags, by tag only the tag. Blobs go with the next collection. */
export async function deleteManifest(deps: RegistryDeps, input: { repository: string; reference: string }): Promise<Response> {
  const { repository, reference } = input;
  const removed = isDigest(reference)
    ? await deps.db.deleteFrom("registry_manifests").where("repository", "=", repository).where("digest", "=", reference).executeTakeFirst()
    : await deps.db.deleteFrom("registry_tags").where("repository", "=", repository).where("tag", "=", reference).executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw refusal("MANIFEST_UNKNOWN", "The repository has no such manifest");
  return new Response(null, { status: 202, headers: { "content-length": "0" } });
}
