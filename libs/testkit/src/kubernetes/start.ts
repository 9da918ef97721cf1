import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usualBehaviour } from "./behaviour.ts";
import type { Behaviour, Cluster } from "./cluster.ts";
import { runControllers } from "./controllers/run.ts";
import { furnish } from "./furnish.ts";
import { createKinds } from "./kinds/registry.ts";
import { storeOf } from "./kinds/kind.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import type { KubeObject } from "./object.ts";
import { handle } from "./serve/handle.ts";
import { listen } from "./serve/listen.ts";
import { createRequestLog, type LoggedRequest } from "./serve/request-log.ts";
import { createStore } from "./store.ts";
import { createSwitches, type Access, type Failure } from "./switches.ts";

/** A Kubernetes API server of our own on loopback, with controllers that make things ready in milliseconds. */
export type TestKubernetes = AsyncDisposable & {
  url: string;
  /** PEM of the certificate authority that the server's certificate is of. */
  ca: string;
  /** The bearer token that it accepts. */
  token: string;
  /** A kubeconfig file (mode 600) in a directory that `close` removes. */
  kubeconfig: string;
  /** Its text, for another namespace if wanted. */
  kubeconfigText(namespace?: string): string;
  /** One stored object by plural (`pods`, `deployments.apps` or just `deployments`), or undefined. */
  object(plural: string, name: string, namespace?: string): KubeObject | undefined;
  /** Stored objects of a plural. */
  objects(plural: string, namespace?: string): KubeObject[];
  /** Waits until a look at the store finds something, and returns it. @throws Error after `timeoutMs` (10 s) */
  until<T>(look: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  /** Every request so far; empty the list to look at what comes. */
  requests: LoggedRequest[];
  /** Makes requests fail. Returns what takes it back. */
  fail(failure: Failure): () => void;
  /** Refuses creations, changes and deletions as an admission webhook does: a message refuses. */
  deny(denial: (object: KubeObject, verb: "create" | "update" | "delete") => string | undefined): () => void;
  /** Forbids access, in requests and in access reviews: `true` forbids. */
  forbid(forbids: (access: Access) => boolean): () => void;
  /** Keeps something from becoming ready: `deployment/x`, `job/x`, `service/x`, `namespace/x`, or with a namespace before it. */
  hold(what: string): void;
  release(what: string): void;
  /** How pods behave; may be changed at any time. */
  behaviour: Behaviour;
  close(): Promise<void>;
};

/** Starts one with what a fresh cluster has. Options change how its pods behave; `token: false` asks for no token. */
export async function startKubernetes(options: Partial<Behaviour> & { token?: string | false } = {}): Promise<TestKubernetes> {
  const { token: wanted = randomBytes(16).toString("hex"), ...behaviour } = options;
  const cluster: Cluster = {
    store: createStore(),
    kinds: createKinds(),
    switches: createSwitches(),
    behaviour: { ...usualBehaviour, ...behaviour },
    now: () => new Date(),
  };
  const log = createRequestLog();
  const bugs: unknown[] = [];
  const controllers = runControllers(cluster, (error) => bugs.push(error));
  furnish(cluster);
  const isKnown = (token: string | undefined): boolean => wanted === false || token === wanted;
  const server = await listen((request, response) => void handle({ cluster, log, isKnown }, request, response));
  const dir = await mkdtemp(join(tmpdir(), "berth-test-kubernetes-"));
  const kubeconfig = join(dir, "kubeconfig");
  const token = wanted === false ? "none" : wanted;
  const kubeconfigText = (namespace?: string): string =>
    kubeconfigOf({ url: server.url, ca: server.ca, token, ...(namespace !== undefined && { namespace }) });
  await writeFile(kubeconfig, kubeconfigText(), { mode: 0o600 });

  const storeNamed = (plural: string): string => {
    const kind = cluster.kinds.all().find((one) => storeOf(one) === plural || one.plural === plural);
    return kind ? storeOf(kind) : plural;
  };
  const add = <T>(list: T[], item: T): (() => void) => {
    list.push(item);
    return () => void list.splice(list.indexOf(item), list.includes(item) ? 1 : 0);
  };
  const close = async (): Promise<void> => {
    controllers.stop();
    await server.close();
    await rm(dir, { recursive: true, force: true });
    if (bugs.length > 0) throw new AggregateError(bugs, "the test cluster's controllers failed");
  };
  return {
    url: server.url,
    ca: server.ca,
    token,
    kubeconfig,
    kubeconfigText,
    object: (plural, name, namespace) => cluster.store.get(storeNamed(plural), `${namespace ?? ""}/${name}`),
    objects: (plural, namespace) => cluster.store.list(storeNamed(plural), namespace),
    until: (look, timeoutMs = 10_000) => until(cluster, look, timeoutMs),
    requests: log.entries,
    fail: (failure) => add(cluster.switches.failures, failure),
    deny: (denial) => add(cluster.switches.denials, denial),
    forbid: (forbids) => add(cluster.switches.forbidden, forbids),
    hold: (what) => void cluster.switches.holds.add(what),
    release(what) {
      cluster.switches.holds.delete(what);
      controllers.lookAtAll();
    },
    behaviour: cluster.behaviour,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function until<T>(cluster: Cluster, look: () => T | undefined | false, timeoutMs: number): Promise<T> {
  const first = look();
  if (first !== undefined && first !== false) return first;
  return await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`the cluster did not come to what was waited for in ${timeoutMs} ms: ${look.toString()}`));
    }, timeoutMs);
    const stop = cluster.store.listen(() => {
      const found = look();
      if (found === undefined || found === false) return;
      clearTimeout(timer);
      stop();
      resolve(found);
    });
  });
}
