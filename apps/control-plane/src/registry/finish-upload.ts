import type { Part } from "../blobs/store.ts";
import { receivePart } from "./append-upload.ts";
import { created } from "./created.ts";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { storeBlob } from "./links.ts";
import { refusal } from "./refusal.ts";
import { checkDigest } from "./target.ts";
import { addPart, findUpload, takeUpload, unknownUpload } from "./uploads.ts";

/** PUT of an upload: the last bytes if any, then the blob under its digest. An upload with another digest is over. */
export async function finishUpload(
  deps: RegistryDeps,
  request: RegistryRequest,
  input: { repository: string; id: string },
): Promise<Response> {
  const digest = checkDigest(request.query.get("digest") ?? "");
  const found = await findUpload(deps, input);
  const last = await receivePart(deps, request.raw, found);
  let upload = found;
  if (last.size > 0) upload = await addPart(deps, found, last);
  if (last.size === 0 && found.parts.length > 0) await deps.blobs.dropPart(last.id);
  if (last.failure !== undefined) throw refusal("BLOB_UPLOAD_INVALID", "The upload broke off");

  const parts = await takeUpload(deps, upload);
  if (!parts) throw unknownUpload();
  const only = parts.length === 0 ? last : parts[0];
  const part = parts.length > 1 || !only ? await deps.blobs.joinParts(parts.map((one) => one.id)) : only;
  await finishPart(deps, { repository: input.repository, digest, part });
  return created(input.repository, digest);
}

/** Makes a part the blob that it should be. @throws AppError `DIGEST_INVALID`, and then the bytes are gone */
export async function finishPart(deps: RegistryDeps, input: { repository: string; digest: string; part: Part }): Promise<void> {
  const { part, digest } = input;
  if (part.failure !== undefined || part.digest !== digest) {
    await deps.blobs.dropPart(part.id);
    if (part.failure !== undefined) throw refusal("BLOB_UPLOAD_INVALID", "The upload broke off");
    throw refusal("DIGEST_INVALID", `The bytes that came are ${part.digest}, not ${digest}`);
  }
  await storeBlob(deps, input.repository, part);
}
