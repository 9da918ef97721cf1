import type { Cluster } from "../cluster.ts";
import { storeOf, type Kind } from "../kinds/kind.ts";
import { keyOf, timestamp, type KubeObject } from "../object.ts";
import { readOwnerships, writeOwnerships, type Manager, type Ownership } from "../ssa/managed-fields.ts";
import { trackUpdate } from "../ssa/track-update.ts";
import { same } from "../tree.ts";

/** Who writes an object as what. `ownerships` are given where they are already worked out (server-side apply). */
export type Write = {
  cluster: Cluster;
  kind: Kind;
  before: KubeObject | undefined;
  after: KubeObject;
  writer: Manager;
  ownerships?: readonly Ownership[];
  dryRun: boolean;
};

/**
 * The end of every write: counts the generation, records whose fields are whose, and stores, unless nothing has changed or nothing is to be.
 * The last finalizer of a deleted object going away removes it.
 */
export function commit(write: Write): KubeObject {
  const { cluster, before, kind } = write;
  const after = structuredClone(write.after);
  const now = timestamp(cluster.now());
  if (kind.counted) {
    const counted = before !== undefined && !same(substance(before), substance(after));
    after.metadata.generation = before === undefined ? 1 : (before.metadata.generation ?? 1) + (counted ? 1 : 0);
  }
  const entries = baseEntries(before, write.after);
  const ownerships =
    write.ownerships ?? trackUpdate({ before, after, shape: kind.shape, writer: write.writer, ownerships: readOwnerships(entries) });
  after.metadata.managedFields = writeOwnerships(ownerships, entries, now);
  if (after.metadata.managedFields.length === 0) delete after.metadata.managedFields;
  if (before && same(before, after)) return before;
  if (write.dryRun) return after;
  const store = storeOf(kind);
  if (after.metadata.deletionTimestamp !== undefined && (after.metadata.finalizers ?? []).length === 0 && !isEmptiedLater(kind)) {
    return cluster.store.remove(store, keyOf(after)) ?? after;
  }
  return cluster.store.put(store, after);
}

/** What counts as a change of the object itself: all but metadata and status. */
function substance(object: KubeObject): unknown {
  return { ...object, metadata: undefined, status: undefined };
}

/** Entries that a writer sends along replace the stored ones; `[{}]` forgets them all. */
function baseEntries(before: KubeObject | undefined, after: KubeObject): NonNullable<KubeObject["metadata"]["managedFields"]> {
  const sent = after.metadata.managedFields;
  if (sent?.length === 1 && Object.keys(sent[0] ?? {}).length === 0) return [];
  return sent !== undefined && sent.length > 0 ? sent : (before?.metadata.managedFields ?? []);
}

/** What goes away only once it is empty: a controller removes it. */
export function isEmptiedLater(kind: Kind): boolean {
  return kind.kind === "Namespace" || kind.kind === "CustomResourceDefinition";
}
