import { sql } from "kysely";
import type { Part } from "../blobs/store.ts";
import type { RegistryDeps } from "./deps.ts";
import { refusal } from "./refusal.ts";
import type { UploadPart } from "./tables.ts";

/** An upload as it stands: `size` bytes have arrived, in these parts. */
export type Upload = { id: string; repository: string; size: number; parts: UploadPart[] };

/** The upload of that repository. @throws AppError `BLOB_UPLOAD_UNKNOWN` */
export async function findUpload(deps: RegistryDeps, input: { repository: string; id: string }): Promise<Upload> {
  const found = await deps.db
    .selectFrom("registry_uploads")
    .select(["id", "repository", "size", "parts"])
    .where("id", "=", input.id)
    .where("repository", "=", input.repository)
    .executeTakeFirst();
  if (!found) throw unknownUpload();
  return found;
}

/**
 * Adds a part to an upload that still stands where it was found.
 * @throws AppError `RANGE_INVALID` where another request added to it meanwhile; the part is dropped
 */
export async function addPart(deps: RegistryDeps, upload: Upload, part: Part): Promise<Upload> {
  const parts = [...upload.parts, { id: part.id, size: part.size, digest: part.digest }];
  const size = upload.size + part.size;
  const added = await deps.db
    .updateTable("registry_uploads")
    .set({ size, parts: JSON.stringify(parts), updated_at: sql`now()` })
    .where("id", "=", upload.id)
    .where("size", "=", upload.size)
    .returning("id")
    .executeTakeFirst();
  if (added) return { ...upload, size, parts };
  await deps.blobs.dropPart(part.id);
  throw rangeRefused(await findUpload(deps, upload));
}

/** Ends an upload: its row is gone, the parts are the caller's. Undefined where another request ended or changed it first. */
export async function takeUpload(deps: RegistryDeps, upload: Upload): Promise<UploadPart[] | undefined> {
  const taken = await deps.db
    .deleteFrom("registry_uploads")
    .where("id", "=", upload.id)
    .where("size", "=", upload.size)
    .returning("parts")
    .executeTakeFirst();
  return taken?.parts;
}

/** Headers that tell a client where its upload stands. */
export function uploadHeaders(upload: { repository: string; id: string; size: number }): Record<string, string> {
  return {
    location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    // "0-0" for an empty upload is what clients know from other registries.
    range: `0-${Math.max(0, upload.size - 1)}`,
    "docker-upload-uuid": upload.id,
    "content-length": "0",
  };
}

/** The refusal of bytes for another place than where the upload stands. */
export function rangeRefused(upload: Upload): Error {
  const { "content-length": _, ...headers } = uploadHeaders(upload);
  return refusal("RANGE_INVALID", `The upload stands at ${upload.size} bytes`, headers);
}

export function unknownUpload(): Error {
  return refusal("BLOB_UPLOAD_UNKNOWN", "There is no such upload; start again");
}
