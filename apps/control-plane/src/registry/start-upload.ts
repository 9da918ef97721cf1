import { randomUUID } from "node:crypto";
import { bodyOf } from "./body.ts";
import { created } from "./created.ts";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { finishPart } from "./finish-upload.ts";
import { mountBlob } from "./links.ts";
import { refusal } from "./refusal.ts";
import { checkDigest } from "./target.ts";
import { uploadHeaders } from "./uploads.ts";

/** POST to uploads: a mount from another repository, a whole blob at once, or a session for what follows. */
export async function startUpload(deps: RegistryDeps, request: RegistryRequest, input: { repository: string }): Promise<Response> {
  const { repository } = input;
  const mount = request.query.get("mount");
  const from = request.query.get("from");
  const digest = request.query.get("digest");
  const algorithm = request.query.get("digest-algorithm");
  if (algorithm !== null && algorithm !== "sha256") throw refusal("DIGEST_INVALID", "Only sha256 digests are supported");

  // Who may not pull from the other repository learns nothing about it: the answer is the one for a blob that is not there.
  if (mount !== null && from !== null && request.access.allows(from, "pull")) {
    const mounted = await mountBlob(deps, { from, to: repository, digest: checkDigest(mount) });
    if (mounted) return created(repository, mount);
  }
  if (digest !== null) {
    checkDigest(digest);
    const part = await deps.blobs.writePart(bodyOf(request.raw), { maxBytes: deps.limits.blobBytes });
    await finishPart(deps, { repository, digest, part });
    return created(repository, digest);
  }
  const id = randomUUID();
  await deps.db.insertInto("registry_uploads").values({ id, repository }).execute();
  return new Response(null, { status: 202, headers: uploadHeaders({ repository, id, size: 0 }) });
}
