import type { RegistryDeps } from "./deps.ts";
import { findUpload, takeUpload, unknownUpload, uploadHeaders } from "./uploads.ts";

/** GET of an upload: where it stands. */
export async function uploadStatus(deps: RegistryDeps, input: { repository: string; id: string }): Promise<Response> {
  const { "content-length": _, ...headers } = uploadHeaders(await findUpload(deps, input));
  return new Response(null, { status: 204, headers });
}

/** DELETE of an upload: it is over and its bytes are gone. */
export async function cancelUpload(deps: RegistryDeps, input: { repository: string; id: string }): Promise<Response> {
  const parts = await takeUpload(deps, await findUpload(deps, input));
  if (!parts) throw unknownUpload();
  for (const part of parts) await deps.blobs.dropPart(part.id);
  return new Response(null, { status: 204 });
}
