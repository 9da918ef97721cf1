import { keyOf, type KubeObject } from "./object.ts";

export type StoreEvent = {
  type: "ADDED" | "MODIFIED" | "DELETED";
  store: string;
  revision: number;
  object: KubeObject;
  before?: KubeObject;
};

/** Objects in memory, a revision that only grows, and the events since the start (the newest of them). */
export type Store = {
  revision(): number;
  get(store: string, key: string): KubeObject | undefined;
  /** In the order of namespace and name. */
  list(store: string, namespace?: string): KubeObject[];
  everything(): { store: string; object: KubeObject }[];
  /** Stores under the next revision and returns what is stored. */
  put(store: string, object: KubeObject): KubeObject;
  remove(store: string, key: string): KubeObject | undefined;
  /** Events after a revision, or undefined where they are no longer known. */
  since(revision: number): StoreEvent[] | undefined;
  listen(listener: (event: StoreEvent) => void): () => void;
};

const kept = 20_000;

export function createStore(): Store {
  const stores = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let events: StoreEvent[] = [];
  let forgotten = 0;
  let revision = 1;

  const tell = (event: StoreEvent): void => {
    events.push(event);
    if (events.length > kept * 2) {
      forgotten = events[kept - 1]?.revision ?? forgotten;
      events = events.slice(kept);
    }
    for (const listener of listeners) listener(event);
  };

  return {
    revision: () => revision,
    get: (store, key) => stores.get(store)?.get(key),
    list(store, namespace) {
      const objects = [...(stores.get(store)?.values() ?? [])];
      const wanted = namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
      return wanted.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    },
    everything: () => [...stores].flatMap(([store, objects]) => [...objects.values()].map((object) => ({ store, object }))),
    put(store, object) {
      const objects = stores.get(store) ?? new Map<string, KubeObject>();
      stores.set(store, objects);
      const before = objects.get(keyOf(object));
      const next = structuredClone(object);
      next.metadata.resourceVersion = String(++revision);
      objects.set(keyOf(next), next);
      tell({ type: before ? "MODIFIED" : "ADDED", store, revision, object: next, ...(before && { before }) });
      return next;
    },
    remove(store, key) {
      const before = stores.get(store)?.get(key);
      if (!before) return undefined;
      stores.get(store)?.delete(key);
      const object = structuredClone(before);
      object.metadata.resourceVersion = String(++revision);
      tell({ type: "DELETED", store, revision, object, before });
      return object;
    },
    since: (after) => (after < forgotten ? undefined : events.filter((event) => event.revision > after)),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
