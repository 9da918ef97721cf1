import { sha256 } from "@berth/kit/digest";
import { AppError } from "@berth/kit/errors";
import { parseManifest, type AnyManifest, type Descriptor } from "@berth/oci/manifest";
import { isDigest } from "@berth/oci/reference";
import { sql, type Transaction } from "kysely";
import { announcedLength, readBody } from "./body.ts";
import type { RegistryDeps, RegistryRequest } from "./deps.ts";
import { touchBlobs } from "./links.ts";
import { refusal } from "./refusal.ts";
import type { RegistryTables } from "./tables.ts";

/** PUT of a manifest under a tag or its digest. Everything it points to must be there, whole and of the size it says; only a subject may follow later. */
export async function putManifest(
  deps: RegistryDeps,
  request: RegistryRequest,
  input: { repository: string; reference: string },
): Promise<Response> {
  const { repository, reference } = input;
  const limit = deps.limits.manifestBytes;
  if ((announcedLength(request.raw) ?? 0) > limit) throw refusal("SIZE_INVALID", `A manifest may have at most ${limit} bytes`);
  const content = await readBody(request.raw, limit);
  const digest = sha256(content);
  if (isDigest(reference) && reference !== digest) throw refusal("DIGEST_INVALID", `The manifest that came is ${digest}`);
  const mediaType = (request.raw.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const manifest = parse(content, mediaType);
  const blobs = blobsOf(manifest);
  const manifests = manifest.kind === "index" ? manifest.value.manifests : [];
  for (const blob of blobs) await checkStored(deps, blob);

  await deps.db.transaction().execute(async (tx) => {
    await checkBlobs(tx, repository, blobs);
    await checkManifests(tx, repository, manifests);
    const row = {
      media_type: mediaType,
      content,
      blobs: unique(blobs),
      manifests: unique(manifests),
      subject: manifest.value.subject?.digest ?? null,
      artifact_type: artifactTypeOf(manifest),
      annotations: JSON.stringify(manifest.value.annotations ?? {}),
    };
    await tx
      .insertInto("registry_manifests")
      .values({ repository, digest, ...row })
      .onConflict((conflict) => conflict.columns(["repository", "digest"]).doUpdateSet({ ...row, pushed_at: sql`now()` }))
      .execute();
    if (isDigest(reference)) return;
    await tx
      .insertInto("registry_tags")
      .values({ repository, tag: reference, digest })
      .onConflict((conflict) => conflict.columns(["repository", "tag"]).doUpdateSet({ digest, updated_at: sql`now()` }))
      .execute();
  });
  const subject = manifest.value.subject?.digest;
  return new Response(null, {
    status: 201,
    headers: {
      location: `/v2/${repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      "content-length": "0",
      ...(subject !== undefined && { "oci-subject": subject }),
    },
  });
}

function parse(content: Buffer, mediaType: string): AnyManifest {
  try {
    return parseManifest(content, mediaType);
  } catch (error) {
    throw error instanceof AppError ? refusal("MANIFEST_INVALID", error.message) : error;
  }
}

/** Layers that a manifest says to fetch elsewhere (`urls`) are not expected here. */
function blobsOf(manifest: AnyManifest): Descriptor[] {
  if (manifest.kind === "index") return [];
  return [manifest.value.config, ...manifest.value.layers.filter((layer) => !Array.isArray(layer["urls"]))];
}

async function checkStored(deps: RegistryDeps, blob: Descriptor): Promise<void> {
  const stored = await deps.blobs.stat(blob.digest);
  if (stored?.size !== blob.size) throw missing(blob.digest, stored && `has ${stored.size} bytes, not ${blob.size}`);
}

/** Also keeps them from a collection that runs at the same time. */
async function checkBlobs(tx: Transaction<RegistryTables>, repository: string, blobs: readonly Descriptor[]): Promise<void> {
  const sizes = await touchBlobs(tx, repository, unique(blobs));
  for (const blob of blobs) if (sizes.get(blob.digest) !== blob.size) throw missing(blob.digest);
}

async function checkManifests(tx: Transaction<RegistryTables>, repository: string, manifests: readonly Descriptor[]): Promise<void> {
  if (manifests.length === 0) return;
  const found = await tx
    .updateTable("registry_manifests")
    .set({ pushed_at: sql`now()` })
    .where("repository", "=", repository)
    .where("digest", "in", unique(manifests))
    .returning(["digest", sql<number>`length(content)`.as("size")])
    .execute();
  const sizes = new Map(found.map((row) => [row.digest, row.size]));
  for (const one of manifests) if (sizes.get(one.digest) !== one.size) throw missing(one.digest);
}

function missing(digest: string, why = "is not in the repository; push it first"): AppError {
  return refusal("MANIFEST_BLOB_UNKNOWN", `${digest} ${why}`);
}

function artifactTypeOf(manifest: AnyManifest): string | null {
  const own = manifest.value.artifactType;
  if (own) return own;
  return manifest.kind === "image" ? manifest.value.config.mediaType : null;
}

function unique(descriptors: readonly Descriptor[]): string[] {
  return [...new Set(descriptors.map((one) => one.digest))].toSorted();
}
