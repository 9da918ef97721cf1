import type { Logger } from "@berth/kit/log";
import type { Kysely } from "kysely";
import type { BlobStore } from "../blobs/store.ts";
import { isUnreferenced, releaseBlob } from "./links.ts";
import type { RegistryTables } from "./tables.ts";

/** What a collection removed. `bytes` are those freed in the store. */
export type Collected = { manifests: number; blobs: number; bytes: number; uploads: number; parts: number };

type Input = {
  db: Kysely<RegistryTables>;
  blobs: BlobStore;
  logger: Logger;
  /** Of these manifests of a repository, those that are still wanted. */
  keep: (input: { repository: string; digests: string[] }) => Promise<ReadonlySet<string>>;
  now: Date;
  /** What was pushed or used within this time stays, wanted or not: a push may be under way. In ms. */
  graceMs: number;
  /** Uploads that nothing was added to for this long are given up. In ms. */
  uploadMs: number;
  signal?: AbortSignal;
};

const batch = 500;

/** Removes what nothing needs: given-up uploads, manifests that are not kept, blobs without a manifest. May run in several processes and beside pushes. */
export async function collectGarbage(input: Input): Promise<Collected> {
  const uploads = await removeUploads(input);
  const manifests = await removeManifests(input);
  const { blobs, bytes } = await removeBlobs(input);
  const parts = await input.blobs.sweepParts(new Date(input.now.getTime() - input.uploadMs - input.graceMs));
  const collected = { manifests, blobs, bytes, uploads, parts };
  input.logger.info(collected, "collected what the registry no longer needs");
  return collected;
}

async function removeUploads({ db, blobs, now, uploadMs }: Input): Promise<number> {
  const gone = await db
    .deleteFrom("registry_uploads")
    .where("updated_at", "<", new Date(now.getTime() - uploadMs))
    .returning("parts")
    .execute();
  for (const part of gone.flatMap((row) => row.parts)) await blobs.dropPart(part.id);
  return gone.length;
}

async function removeManifests({ db, keep, now, graceMs, signal }: Input): Promise<number> {
  const before = new Date(now.getTime() - graceMs);
  let removed = 0;
  let repository = "";
  for (;;) {
    signal?.throwIfAborted();
    const next = await db
      .selectFrom("registry_manifests")
      .select("repository")
      .where("repository", ">", repository)
      .orderBy("repository")
      .limit(1)
      .executeTakeFirst();
    if (!next) return removed;
    repository = next.repository;
    const rows = await db
      .selectFrom("registry_manifests")
      .select(["digest", "manifests", "subject", "pushed_at"])
      .where("repository", "=", repository)
      .execute();
    if (rows.length === 0) continue;
    const wanted = await keep({ repository, digests: rows.map((row) => row.digest) });
    const fresh = rows.filter((row) => row.pushed_at >= before).map((row) => row.digest);
    const kept = reachable(rows, new Set([...wanted, ...fresh]));
    const unwanted = rows.map((row) => row.digest).filter((digest) => !kept.has(digest));
    for (let at = 0; at < unwanted.length; at += batch) {
      const result = await db
        .deleteFrom("registry_manifests")
        .where("repository", "=", repository)
        .where("digest", "in", unwanted.slice(at, at + batch))
        // Pushed again since it was read: stays.
        .where("pushed_at", "<", before)
        .executeTakeFirst();
      removed += Number(result.numDeletedRows);
    }
  }
}

/** The roots, what indexes among them point to, and what has one of all these as its subject. */
export function reachable(
  rows: readonly { digest: string; manifests: readonly string[]; subject: string | null }[],
  roots: ReadonlySet<string>,
): Set<string> {
  const kept = new Set(roots);
  for (let before = -1; before !== kept.size;) {
    before = kept.size;
    for (const row of rows) {
      if (row.subject !== null && kept.has(row.subject)) kept.add(row.digest);
      if (kept.has(row.digest)) for (const child of row.manifests) kept.add(child);
    }
  }
  return kept;
}

async function removeBlobs({ db, blobs, now, graceMs, signal }: Input): Promise<{ blobs: number; bytes: number }> {
  const unusedSince = new Date(now.getTime() - graceMs);
  let after = { repository: "", digest: "" };
  let removed = 0;
  let bytes = 0;
  for (;;) {
    const found = await db
      .selectFrom("registry_blobs")
      .select(["repository", "digest"])
      .where("used_at", "<", unusedSince)
      .where(isUnreferenced)
      .where((eb) => eb(eb.refTuple("repository", "digest"), ">", eb.tuple(after.repository, after.digest)))
      .orderBy("repository")
      .orderBy("digest")
      .limit(batch)
      .execute();
    for (const link of found) {
      signal?.throwIfAborted();
      const freed = await releaseBlob({ db, blobs }, { ...link, unusedSince });
      if (freed === undefined) continue;
      removed += 1;
      bytes += freed;
    }
    const last = found.at(-1);
    if (!last) return { blobs: removed, bytes };
    after = last;
  }
}
