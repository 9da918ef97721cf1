import type { Part } from "../blobs/store.ts";
import { announcedLength, bodyOf } from "./body.ts";
import type { RegistryDeps } from "./deps.ts";
import { refusal } from "./refusal.ts";
import { addPart, findUpload, rangeRefused, uploadHeaders, type Upload } from "./uploads.ts";

/** PATCH of an upload: the next bytes. What arrives before a connection breaks counts, so a client can go on from there. */
export async function appendUpload(deps: RegistryDeps, request: Request, input: { repository: string; id: string }): Promise<Response> {
  const upload = await findUpload(deps, input);
  const part = await receivePart(deps, request, upload);
  if (part.size === 0) await deps.blobs.dropPart(part.id);
  const grown = part.size === 0 ? upload : await addPart(deps, upload, part);
  if (part.failure !== undefined) throw refusal("BLOB_UPLOAD_INVALID", "The upload broke off");
  return new Response(null, { status: 202, headers: uploadHeaders(grown) });
}

/**
 * Writes the body of a request as the next part of an upload, not yet added to it.
 * @throws AppError `RANGE_INVALID` for bytes that belong elsewhere, `SIZE_INVALID` beyond the limits, `BLOB_UPLOAD_INVALID` where length and range disagree
 */
export async function receivePart(deps: RegistryDeps, request: Request, upload: Upload): Promise<Part> {
  const room = deps.limits.blobBytes - upload.size;
  const length = announcedLength(request);
  if (length !== undefined && length > room) throw refusal("SIZE_INVALID", `A blob may have at most ${deps.limits.blobBytes} bytes`);
  if (upload.parts.length >= deps.limits.uploadParts)
    throw refusal("SIZE_INVALID", `An upload may have at most ${deps.limits.uploadParts} pieces`);
  const header = request.headers.get("content-range");
  const range = header === null ? undefined : /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header);
  if (range === null) throw refusal("BLOB_UPLOAD_INVALID", "Content-Range must be <first>-<last>");
  if (range && Number(range[1]) !== upload.size) throw rangeRefused(upload);
  const expected = range ? Number(range[2]) - Number(range[1]) + 1 : length;

  const part = await deps.blobs.writePart(bodyOf(request), { maxBytes: room });
  if (expected !== undefined && part.failure === undefined && part.size !== expected) {
    await deps.blobs.dropPart(part.id);
    throw refusal("BLOB_UPLOAD_INVALID", `${expected} bytes were announced and ${part.size} came`);
  }
  return part;
}
