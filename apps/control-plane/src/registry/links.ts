import { sql, type Kysely, type Transaction } from "kysely";
import type { BlobStore } from "../blobs/store.ts";
import type { RegistryDeps } from "./deps.ts";
import type { RegistryTables } from "./tables.ts";

// Keeps these advisory locks apart from everybody else's: "oci" in ASCII.
const lockClass = 0x6f6369;

/** Puts the bytes of a verified part into the store and shows them to a repository. Safe against a garbage collection at the same time. */
export async function storeBlob(deps: RegistryDeps, repository: string, part: { id: string; digest: string; size: number }): Promise<void> {
  // The link goes first: from here on no collection takes the blob away, and without bytes it shows nothing.
  await deps.db
    .insertInto("registry_blobs")
    .values({ repository, digest: part.digest, size: part.size })
    .onConflict((conflict) => conflict.columns(["repository", "digest"]).doUpdateSet({ size: part.size, used_at: sql`now()` }))
    .execute();
  await deps.db.transaction().execute(async (tx) => {
    await lockDigest(tx, part.digest);
    await deps.blobs.commitPart(part);
  });
}

/** The size of a blob that a repository may see and whose bytes are whole; counts as a use of it. */
export async function findBlob(deps: RegistryDeps, repository: string, digest: string): Promise<number | undefined> {
  const link = await deps.db
    .selectFrom("registry_blobs")
    .select(["size", sql<boolean>`used_at < now() - interval '1 minute'`.as("touch")])
    .where("repository", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (!link) return undefined;
  const stored = await deps.blobs.stat(digest);
  if (stored?.size !== link.size) {
    // A push of the same blob repairs it, so a client is told that it is missing.
    deps.logger.error({ repository, digest, expected: link.size, actual: stored?.size }, "a blob is missing or cut short in the store");
    return undefined;
  }
  if (link.touch) await touchBlobs(deps.db, repository, [digest]);
  return link.size;
}

/** Marks blobs as used now, so that a collection lets them be, and returns their sizes. Rows are locked in one order: no deadlocks. */
export async function touchBlobs(db: Kysely<RegistryTables>, repository: string, digests: readonly string[]): Promise<Map<string, number>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .with("held", (cte) =>
      cte
        .selectFrom("registry_blobs")
        .select("digest")
        .where("repository", "=", repository)
        .where("digest", "in", digests)
        .orderBy("digest")
        .forUpdate(),
    )
    .updateTable("registry_blobs")
    .set({ used_at: sql`now()` })
    .where("repository", "=", repository)
    .where("digest", "in", (query) => query.selectFrom("held").select("digest"))
    .returning(["digest", "size"])
    .execute();
  return new Map(rows.map((row) => [row.digest, row.size]));
}

/** Shows a blob of one repository to another. False where the first does not have it. */
export async function mountBlob(deps: RegistryDeps, input: { from: string; to: string; digest: string }): Promise<boolean> {
  if ((await findBlob(deps, input.from, input.digest)) === undefined) return false;
  return deps.db.transaction().execute(async (tx) => {
    const size = (await touchBlobs(tx, input.from, [input.digest])).get(input.digest);
    if (size === undefined) return false;
    await tx
      .insertInto("registry_blobs")
      .values({ repository: input.to, digest: input.digest, size })
      .onConflict((conflict) => conflict.columns(["repository", "digest"]).doUpdateSet({ used_at: sql`now()` }))
      .execute();
    return true;
  });
}

/**
 * Takes a blob away from a repository unless a manifest there points to it, and its bytes from the store when no repository has it any more.
 * @param input.unusedSince leaves alone what was used after that time
 * @returns bytes freed, 0 where another repository keeps them; undefined where the blob stays
 */
export async function releaseBlob(
  deps: { db: Kysely<RegistryTables>; blobs: BlobStore },
  input: { repository: string; digest: string; unusedSince?: Date },
): Promise<number | undefined> {
  return deps.db.transaction().execute(async (tx) => {
    await lockDigest(tx, input.digest);
    let removal = tx
      .deleteFrom("registry_blobs")
      .where("repository", "=", input.repository)
      .where("digest", "=", input.digest)
      .where(isUnreferenced)
      .returning("size");
    if (input.unusedSince) removal = removal.where("used_at", "<", input.unusedSince);
    const removed = await removal.executeTakeFirst();
    if (!removed) return undefined;
    const other = await tx.selectFrom("registry_blobs").select("repository").where("digest", "=", input.digest).limit(1).executeTakeFirst();
    if (other) return 0;
    await deps.blobs.delete(input.digest);
    return removed.size;
  });
}

/** SQL condition on registry_blobs: no manifest of the same repository points to the blob. */
export const isUnreferenced = () =>
  sql<boolean>`not exists (
    select 1 from registry_manifests m
    where m.repository = registry_blobs.repository and m.blobs @> array[registry_blobs.digest]
  )`;

async function lockDigest(tx: Transaction<RegistryTables>, digest: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lockClass}::int, hashtext(${digest}))`.execute(tx);
}
