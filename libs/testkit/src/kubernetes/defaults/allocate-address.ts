import { numberAt, textAt, treesAt } from "../tree.ts";
import type { Store } from "../store.ts";

/** A cluster IP that no service has. */
export function freeClusterIp(store: Store): string {
  const taken = new Set(store.list("services").map((service) => textAt(service, "spec", "clusterIP")));
  for (let n = 10; n < 65_000; n++) {
    const ip = `10.96.${n >> 8}.${n & 255}`;
    if (!taken.has(ip)) return ip;
  }
  throw new Error("no cluster IP is left");
}

/** A node port that no service has, nor one of `also`. */
export function freeNodePort(store: Store, also: ReadonlySet<number>): number {
  const taken = new Set(
    store.list("services").flatMap((service) => treesAt(service, "spec", "ports").map((port) => numberAt(port, "nodePort"))),
  );
  for (let port = 30_000; port < 32_768; port++) if (!taken.has(port) && !also.has(port)) return port;
  throw new Error("no node port is left");
}
