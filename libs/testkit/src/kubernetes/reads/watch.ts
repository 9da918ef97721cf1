import type { ServerResponse } from "node:http";
import type { Cluster } from "../cluster.ts";
import { storeOf, type Kind } from "../kinds/kind.ts";
import type { KubeObject } from "../object.ts";
import { StatusError } from "../status-error.ts";
import type { StoreEvent } from "../store.ts";
import { selection } from "./list.ts";
import { bookmark, presentOne, type Form } from "./present.ts";

/**
 * Streams changes of a kind until the client goes or the asked time is over. Without a revision (or with `sendInitialEvents`) it starts with
 * what is there.
 */
export function watch(input: {
  cluster: Cluster;
  kind: Kind;
  namespace: string | undefined;
  name?: string;
  query: URLSearchParams;
  form: Form;
  response: ServerResponse;
}): void {
  const { cluster, kind, query, form, response } = input;
  const store = storeOf(kind);
  const selected = selection(query);
  const wanted = (object: KubeObject): boolean =>
    (input.namespace === undefined || object.metadata.namespace === input.namespace) &&
    (input.name === undefined || object.metadata.name === input.name) &&
    selected(object);
  const send = (type: string, object: object): void => void response.write(`${JSON.stringify({ type, object })}\n`);
  const present = (object: KubeObject): object => presentOne(kind, object, form, cluster.now());
  const pass = (event: StoreEvent): void => {
    if (event.store !== store) return;
    const { before } = event;
    const is = event.type !== "DELETED" && wanted(event.object);
    if (is) send(before && wanted(before) ? "MODIFIED" : "ADDED", present(event.object));
    // Out of the selection is as good as gone.
    else if (before && wanted(before)) send("DELETED", present(event.type === "DELETED" ? event.object : asOf(before, event.revision)));
  };

  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
  response.flushHeaders();
  const initial = query.get("sendInitialEvents") === "true";
  const from = query.get("resourceVersion") ?? "";
  if (initial || from === "" || from === "0") {
    for (const object of cluster.store.list(store)) if (wanted(object)) send("ADDED", present(object));
    if (initial) send("BOOKMARK", form === "table" ? tableBookmark(kind, cluster) : bookmark(kind, cluster.store.revision(), true));
  } else {
    const events = cluster.store.since(Number(from));
    if (events === undefined || Number(from) > cluster.store.revision()) {
      send("ERROR", new StatusError(410, "Expired", `too old resource version: ${from} (${cluster.store.revision()})`).status);
      response.end();
      return;
    }
    for (const event of events) pass(event);
  }
  const stop = cluster.store.listen(pass);
  const seconds = Number(query.get("timeoutSeconds") ?? 0);
  const end = (): void => {
    if (query.get("allowWatchBookmarks") === "true") send("BOOKMARK", bookmark(kind, cluster.store.revision(), false));
    response.end();
  };
  const timer = seconds > 0 ? setTimeout(end, seconds * 1000) : undefined;
  timer?.unref();
  response.on("close", () => {
    clearTimeout(timer);
    stop();
  });
}

function tableBookmark(kind: Kind, cluster: Cluster): object {
  const object = bookmark(kind, cluster.store.revision(), true) as unknown as KubeObject;
  return presentOne(kind, object, "table", cluster.now());
}

function asOf(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
