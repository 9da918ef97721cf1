import type { RegistryDeps } from "./deps.ts";
import { findBlob, releaseBlob } from "./links.ts";
import { refusal } from "./refusal.ts";

/** DELETE of a blob: only where no manifest of the repository points to it. */
export async function deleteBlob(deps: RegistryDeps, input: { repository: string; digest: string }): Promise<Response> {
  const freed = await releaseBlob(deps, input);
  if (freed !== undefined) return new Response(null, { status: 202, headers: { "docker-content-digest": input.digest } });
  if ((await findBlob(deps, input.repository, input.digest)) === undefined)
    throw refusal("BLOB_UNKNOWN", "The repository has no such blob");
  throw refusal("UNSUPPORTED", "A manifest of the repository points to the blob; delete that first");
}
